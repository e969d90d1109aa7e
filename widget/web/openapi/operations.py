"""What each view of the public surface takes and answers, by its endpoint."""

from __future__ import annotations

from typing import Any

from widget.chat import canned
from widget.chat.conversations import filters, labels, ratings
from widget.chat.conversations.groups import TITLE_LIMIT
from widget.chat.conversations.lists import VIEWS
from widget.chat.forms import named
from widget.chat.messages import content
from widget.chat.users import person_notes, visitors
from widget.models import BODY_LIMIT
from widget.web.openapi.shapes import ANYTHING, ID, TEXT, TIME, WHOLE, WORK_STATUS, YES, maybe, some, text

Json = dict[str, Any]

DESCRIPTION = """The surface that the popup, the inbox and bots use. Each address answers HTML to browsers and JSON to
`Accept: application/json`; to a bot's token JSON, unless it asks for HTML. A visitor's token comes from
POST /w/session, a bot's from `flask --app app bots add`. Whoever sends a `client_id` again gets the first answer again.
"""

UUID: Json = {"type": "string", "format": "uuid"}

ANSWERS: dict[str, str | None] = {
    "calls.relay": None,
    "calls.signal": "Call",
    "calls.start": "Call",
    "conversations.about": "Conversation",
    "conversations.begin": "Conversation",
    "conversations.change": "Conversation",
    "conversations.entry": "Conversation",
    "conversations.hand_over": "Conversation",
    "conversations.head": "Conversation",
    "conversations.index": "Conversations",
    "conversations.read": None,
    "conversations.send": "Message",
    "conversations.show": "Messages",
    "conversations.typing": None,
    "conversations.viewing": None,
    "forms.answer": "Message",
    "forms.index": "Forms",
    "forms.show": "Form",
    "groups.add": "Conversation",
    "groups.change": "Conversation",
    "groups.create": "Conversation",
    "groups.invite": "Invitation",
    "groups.join": "Conversation",
    "groups.new": "html",
    "groups.people": "People",
    "groups.remove": "Conversation",
    "groups.revoke": "Conversation",
    "groups.set_role": "Conversation",
    "groups.show": "Invited",
    "mesibo_calls.prepare": "CallToApp",
    "messages.answer": "Message",
    "messages.delete": "Message",
    "messages.edit": "Message",
    "messages.forward": "Message",
    "messages.forward_where": "Conversations",
    "messages.menu": "Message",
    "messages.rate": "Message",
    "messages.react": "Message",
    "messages.read_by": "Receipts",
    "messages.show": "Message",
    "messages.take_back": "Message",
    "people.block": "Blocked",
    "people.change_note": "PersonNotes",
    "people.candidates": "People",
    "people.history": "Messages",
    "people.correct": "Profile",
    "people.erase": "Erased",
    "people.export": "zip",
    "people.export_conversation": "zip",
    "popouts.issue": "Ticket",
    "popouts.redeem": "PoppedOut",
    "people.merge": "Merged",
    "people.remove_note": "PersonNotes",
    "people.separate": None,
    "people.write_note": "PersonNotes",
    "previews.show": "Preview",
    "earlier.ask": "Conversations",
    "earlier.index": "Conversations",
    "earlier.prove": "Conversations",
    "earlier.show": "Messages",
    "search.find": "Hits",
    "session.end": None,
    "session.note_surroundings": None,
    "session.open_session": "Session",
    "stream.stream": "stream",
    "team.agents": "Agents",
    "team.all_labels": "Labels",
    "team.canned_answers": "CannedAnswers",
    "team.change_canned": "Canned",
    "team.change_label": "Label",
    "team.change_me": "Agent",
    "team.create_canned": "Canned",
    "team.create_label": "Label",
    "team.remove_canned": None,
    "team.remove_label": None,
    "team.use_canned": None,
    "uploads.append": None,
    "uploads.begin": None,
    "uploads.cancel": None,
    "uploads.poster": None,
}
"""The shape of the answer; None: there is nothing in it."""

OTHER = {"html": "text/html", "zip": "application/zip", "stream": "text/event-stream"}
"""What is answered that is no JSON."""

STATUS: dict[str, tuple[int, ...]] = {
    "calls.start": (200, 201),
    "conversations.begin": (200, 201),
    "conversations.send": (200, 201),
    "groups.create": (201,),
    "groups.invite": (201,),
    "forms.answer": (200, 201),
    "messages.answer": (200, 201),
    "messages.forward": (200, 201),
    "popouts.issue": (201,),
    "previews.show": (200, 204),
    "conversations.viewing": (204, 205),
    "people.block": (201,),
    "people.merge": (201,),
    "people.write_note": (201,),
    "session.open_session": (200, 201),
    "team.create_canned": (201,),
    "team.create_label": (201,),
    "uploads.begin": (201,),
}
"""The statuses of success, where they are not 200, or 204 without a body."""


def _json(*required: str, **properties: Json) -> tuple[str, Json]:
    """A body of JSON; the same fields may come as a form."""
    return "application/json", {"type": "object", "properties": properties, "required": list(required)}


_CANNED = {"short": text(canned.SHORT_LIMIT), "text": text(canned.TEXT_LIMIT), "shared": YES}
_LABEL = {"name": text(labels.NAME_LIMIT), "color": text(7)}
_WORDS, _EMAIL, _QUESTION = text(BODY_LIMIT), text(320), text(filters.LIMIT)
_CONTENT: Json = {
    "type": "object",
    "properties": {"type": {"enum": ["options", "form", "cards"]}},
    "required": ["type"],
}
_KINDS = ", ".join(content.KINDS)
_CONTENT["description"] = f"See docs/bots.md; {content.LIMIT} characters at most. A form's fields are of kind {_KINDS}."
_PIECE = ("application/offset+octet-stream", {"type": "string", "format": "binary"})

BODIES: dict[str, tuple[str, Json]] = {
    "calls.relay": _json(
        "tab", "round", "n", tab=UUID, round=WHOLE, n=WHOLE, description=ANYTHING, candidates=some(ANYTHING)
    ),
    "calls.signal": _json("tab", tab=UUID, round=WHOLE),
    "calls.start": _json("conversation", "media", "tab", conversation=ID, media={"enum": ["voice", "video"]}, tab=UUID),
    "conversations.change": _json(
        status=WORK_STATUS,
        assignee=TEXT,
        if_assignee=TEXT,
        snoozed_until=TIME,
        ask_rating=YES,
        labels=some(text(labels.NAME_LIMIT)),
    ),
    "conversations.hand_over": _json(note=_WORDS),
    "conversations.read": _json("upto", upto=WHOLE),
    "conversations.send": _json(
        "client_id",
        client_id=UUID,
        body=_WORDS,
        reply_to=ID,
        upload=ID,
        private=YES,
        preview=YES,
        content=_CONTENT,
        form=text(named.NAME_LIMIT),
    ),
    "conversations.typing": _json(private=YES),
    "conversations.viewing": _json(entered=YES),
    "forms.answer": _json("client_id", "values", client_id=UUID, values=ANYTHING),
    "groups.add": _json("user", user=ID, confirm=YES),
    "groups.change": _json(title=text(TITLE_LIMIT), picture=TEXT),
    "groups.create": _json("title", title=text(TITLE_LIMIT)),
    "groups.set_role": _json("role", role={"enum": ["owner", "member"]}),
    "messages.answer": _json("client_id", client_id=UUID, value=TEXT, values={"anyOf": [some(TEXT), ANYTHING]}),
    "messages.edit": _json("body", body=_WORDS),
    "messages.forward": _json("conversation", "client_id", conversation=ID, client_id=UUID),
    "messages.rate": _json(
        "score", score={"type": "integer", "minimum": 1, "maximum": 5}, comment=text(ratings.COMMENT_LIMIT)
    ),
    "messages.react": _json("emoji", emoji=TEXT),
    "people.block": _json("kind", kind={"enum": ["visitor", "address"]}),
    "people.correct": _json(name=text(visitors.NAME_LIMIT), email=_EMAIL),
    "people.change_note": _json("body", body=text(person_notes.LIMIT)),
    "people.write_note": _json("body", body=text(person_notes.LIMIT)),
    "earlier.ask": _json("email", email=_EMAIL),
    "earlier.prove": _json("code", code=TEXT),
    "popouts.issue": _json(page=TEXT),
    "people.merge": _json("other", "confirm", other=ID, confirm=YES),
    "previews.show": _json("body", body=_WORDS),
    "session.note_surroundings": _json(
        page=TEXT, title=TEXT, referrer=TEXT, time_zone=TEXT, screen={"enum": ["phone", "tablet", "computer"]}
    ),
    "session.open_session": _json(
        name=text(visitors.NAME_LIMIT),
        email=_EMAIL,
        picture=text(2000),
        id=text(200),
        identifier_hash=text(64),
        locale=TEXT,
    ),
    "team.change_canned": _json(**_CANNED),
    "team.change_label": _json(**_LABEL),
    "team.change_me": _json(available=YES, capacity=maybe(WHOLE)),
    "team.create_canned": _json("short", "text", **_CANNED),
    "team.create_label": _json("name", **_LABEL),
    "uploads.append": _PIECE,
    "uploads.poster": ("application/octet-stream", _PIECE[1]),
}
"""What each takes in its body, which may also be a form; a file comes as `file` of a multipart form."""

QUERIES: dict[str, dict[str, Json]] = {
    "conversations.index": {"view": {"enum": list(VIEWS)}, "label": _QUESTION, "q": _QUESTION, "after": _QUESTION},
    "conversations.show": {"before": WHOLE, "after": WHOLE, "around": WHOLE},
    "groups.people": {"q": _QUESTION},
    "people.candidates": {"q": _QUESTION},
    "earlier.show": {"before": WHOLE},
    "people.history": {"before": ID},
    "search.find": {"q": _QUESTION, "conversation": ID, "before": TEXT},
    "stream.stream": {"as": {"enum": ["html", "json"]}},
    "team.canned_answers": {"q": _QUESTION},
}

HEADERS: dict[str, dict[str, Json]] = {
    "stream.stream": {"Last-Event-ID": TEXT},
    "uploads.append": {"Upload-Offset": WHOLE},
    "uploads.begin": {"Upload-Length": WHOLE, "Upload-Metadata": TEXT},
}


def queries(endpoint: str) -> list[Json]:
    """The parameters of a view that do not stand in its path."""
    required = {"search.find": "q"}.get(endpoint)
    found = [
        {"name": name, "in": "query", "required": name == required, "schema": schema}
        for name, schema in QUERIES.get(endpoint, {}).items()
    ]
    return found + [
        {
            "name": name,
            "in": "header",
            "required": name.startswith("Upload-") and name != "Upload-Metadata",
            "schema": schema,
        }
        for name, schema in HEADERS.get(endpoint, {}).items()
    ]
