"""What is sent to the public surface, for example: by endpoint, each with a title. Tests hold it against the shapes."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_ID = "5f0c2b7a91d3e846"
_UUID = "3f2b8c9e-5d41-4f0a-9c7e-1a2b3c4d5e6f"

OPTIONS: Json = {
    "type": "options",
    "options": [{"title": "Yes", "value": "y"}, {"title": "No", "value": "n"}],
    "multiple": False,
}
FORM: Json = {
    "type": "form",
    "title": "Your order",
    "fields": [
        {"name": "mail", "label": "E-mail", "kind": "email", "required": True},
        {"name": "stars", "label": "How was it?", "kind": "rating", "max": 5},
    ],
    "submit": "Send it",
}
CARDS: Json = {
    "type": "cards",
    "cards": [
        {
            "title": "Teapot",
            "text": "For two.",
            "links": [{"title": "See it", "url": "https://shop.example.com/teapot"}],
            "options": [{"title": "Take it", "value": "teapot"}],
        }
    ],
}


def _message(**fields: Any) -> Json:
    return {"client_id": _UUID} | fields


BODIES: dict[str, dict[str, Json]] = {
    "calls.relay": {"a candidate": {"tab": _UUID, "round": 1, "n": 1, "candidates": []}},
    "calls.signal": {"answer": {"tab": _UUID, "round": 1}},
    "calls.start": {"voice": {"conversation": _ID, "media": "voice", "tab": _UUID}},
    "conversations.change": {
        "take it": {"assignee": "me", "if_assignee": ""},
        "resolve it": {"status": "resolved", "ask_rating": True},
        "snooze it": {"status": "snoozed", "snoozed_until": "2030-01-31T09:00:00Z"},
        "label it": {"labels": ["Delivery"]},
    },
    "conversations.hand_over": {"why": {"note": "The visitor asks for a refund."}},
    "conversations.read": {"up to the third": {"upto": 3}},
    "conversations.send": {
        "words": _message(body="Hello!"),
        "an answer": _message(body="Yes.", reply_to=_ID),
        "a note": _message(body="A regular.", private=True),
        "options": _message(body="Shall we send it?", content=OPTIONS),
        "a form": _message(content=FORM),
        "cards": _message(content=CARDS),
        "a form of the settings": _message(form="feedback"),
    },
    "conversations.typing": {"a note": {"private": True}},
    "conversations.viewing": {"just entered": {"entered": True}},
    "earlier.ask": {"an address": {"email": "ada@example.com"}},
    "earlier.prove": {"the code": {"code": "123 456"}},
    "forms.answer": {"feedback": _message(values={"stars": 5, "words": "More blue, please."})},
    "groups.add": {"somebody": {"user": _ID}},
    "groups.change": {"another name": {"title": "Tea"}},
    "groups.create": {"a name": {"title": "Tea"}},
    "groups.set_role": {"an owner": {"role": "owner"}},
    "messages.answer": {
        "one of the options": _message(value="y"),
        "several": _message(values=["y", "n"]),
        "a form": _message(values={"mail": "ada@example.com", "stars": 5}),
    },
    "messages.edit": {"other words": {"body": "Hello, Ada!"}},
    "messages.forward": {"elsewhere": _message(conversation=_ID)},
    "messages.rate": {"good": {"score": 4, "comment": "Quick!"}},
    "messages.react": {"an emoji": {"emoji": "👍"}},
    "people.block": {"the visitor": {"kind": "visitor"}},
    "people.change_note": {"other words": {"body": "Has a dog."}},
    "people.correct": {"a name": {"name": "Ada Lovelace"}},
    "people.merge": {"two that are one": {"other": _ID, "confirm": True}},
    "people.write_note": {"a note": {"body": "Has a cat."}},
    "popouts.issue": {"where it was": {"page": "https://shop.example.com/"}},
    "previews.show": {"a link": {"body": "https://example.com"}},
    "session.note_surroundings": {"a page": {"page": "https://shop.example.com/", "title": "Shop", "screen": "phone"}},
    "session.open_session": {
        "somebody new": {},
        "whom the site vouches for": {"id": "u1", "name": "Ada", "identifier_hash": "0" * 64},
    },
    "team.change_canned": {"other words": {"text": "We are open from 9 to 17."}},
    "team.change_label": {"another colour": {"color": "#0b5fff"}},
    "team.change_me": {"away": {"available": False}},
    "team.create_canned": {"hours": {"short": "hours", "text": "We are open from 9 to 18."}},
    "team.create_label": {"a label": {"name": "Delivery", "color": "#0b5fff"}},
}
"""What a request's body may be."""
