"""The shapes of JSON that the public surface answers with."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
NUMBER: Json = {"type": "number"}
YES: Json = {"type": "boolean"}
ID: Json = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
USER_ID: Json = {"type": "string", "pattern": "^([0-9a-f]{16}|team)$"}
TIME: Json = {"type": "string", "format": "date-time"}
ANYTHING: Json = {"type": "object"}
WORK_STATUS: Json = {"enum": ["open", "snoozed", "resolved"]}


def text(most: int) -> Json:
    """Text of at most so many characters."""
    return {"type": "string", "maxLength": most}


def ref(name: str) -> Json:
    """One of SHAPES."""
    return {"$ref": f"#/components/schemas/{name}"}


def some(schema: Json) -> Json:
    """A list."""
    return {"type": "array", "items": schema}


def maybe(schema: Json) -> Json:
    """It, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def shape(optional: Json | None = None, **required: Json) -> Json:
    """An object with these fields, and perhaps `optional` ones."""
    return {"type": "object", "properties": required | (optional or {}), "required": sorted(required)}


_PRESENCE = shape(
    {"words": TEXT, "inbox_open": YES}, user=USER_ID, online=YES, last_seen_at=maybe(TIME), answers=maybe(TEXT)
)
_RATING = maybe(shape(score=WHOLE, comment=TEXT))
_MEMBER = {
    "id": USER_ID,
    "name": TEXT,
    "picture": maybe(TEXT),
    "role": TEXT,
    "delivered_upto": WHOLE,
    "read_upto": WHOLE,
}
_WORK = {
    "status": WORK_STATUS,
    "proved": YES,
    "assignee": maybe(shape(id=ID, name=TEXT)),
    "labels": some(TEXT),
    "waiting_since": maybe(TIME),
    "snoozed_until": maybe(TIME),
    "rating": _RATING,
    "case": maybe(ref("Case")),
}
_CONVERSATION = {
    "id": ID,
    "kind": {"enum": ["direct", "group"]},
    "title": TEXT,
    "picture": maybe(TEXT),
    "unread": WHOLE,
    "role": {"enum": ["owner", "member"]},
    "left": YES,
    "members": some(shape({"bot": YES, "presence": maybe(_PRESENCE), "me": YES}, **_MEMBER)),
    "last": maybe(ref("Message")),
    "revision": WHOLE,
    "updated_at": TIME,
}

SHAPES: dict[str, Json] = {
    "Error": shape(error=TEXT, reason=TEXT)
    | {"examples": [{"error": "not-found", "reason": "There is no such conversation."}]},
    "User": shape({"bot": YES}, id=USER_ID, name=TEXT, picture=maybe(TEXT)),
    "Session": shape(token=TEXT, user=ref("User"), last_event_id=TEXT),
    "Ticket": shape(ticket=TEXT),
    "PoppedOut": shape(token=TEXT, page=TEXT),
    "Attachment": shape(
        id=ID,
        url=TEXT,
        name=TEXT,
        type=TEXT,
        size=WHOLE,
        width=maybe(WHOLE),
        height=maybe(WHOLE),
        duration=maybe(NUMBER),
        thumbnail=maybe(TEXT),
        kind={"enum": ["image", "audio", "video", "file"]},
    ),
    "Preview": shape(url=TEXT, title=maybe(TEXT), description=maybe(TEXT), image=maybe(TEXT), site=maybe(TEXT)),
    "Message": shape(
        {
            "private": YES,
            "rating": shape(score=maybe(WHOLE), open=YES),
            "content": ANYTHING,
            "answered": maybe(ANYTHING),
            "may_answer": YES,
            "is_fallback": YES,
            "answer": ANYTHING,
            "may_ask_for_person": YES,
            "bystander": YES,
        },
        id=ID,
        conversation=ID,
        seq=WHOLE,
        client_id=TEXT,
        version=WHOLE,
        sender=ref("User"),
        mine=YES,
        by_team=YES,
        kind={"enum": ["text", "image", "audio", "video", "file", "call", "system"]},
        body=TEXT,
        summary=TEXT,
        status={"enum": ["sent", "delivered", "read"]},
        created_at=TIME,
        edited_at=maybe(TIME),
        deleted=YES,
        forwarded=YES,
        reply_to=maybe(ID),
        quote=maybe(shape(id=ID, seq=WHOLE, sender=ref("User"), body=TEXT, deleted=YES)),
        reactions=some(shape(emoji=TEXT, count=WHOLE, mine=YES, names=some(TEXT))),
        attachment=maybe(ref("Attachment")),
        preview=maybe(ref("Preview")),
        call=maybe(shape(id=ID, media=TEXT, outcome=TEXT, duration=maybe(WHOLE))),
        refused=maybe(TEXT),
    ),
    "Messages": shape(messages=some(ref("Message")), more=YES, newer=YES),
    "Case": shape(
        id=ID,
        opened_at=TIME,
        first_answer_at=maybe(TIME),
        resolved_at=maybe(TIME),
        rating=_RATING,
    ),
    "Conversation": shape(_WORK | {"presence": maybe(_PRESENCE), "visitor": maybe(ANYTHING)}, **_CONVERSATION),
    "Conversations": shape({"next": maybe(TEXT), "counts": ANYTHING}, conversations=some(ref("Conversation"))),
    "Receipts": shape(receipts=some(shape(id=USER_ID, name=TEXT, status=TEXT))),
    "Invitation": shape(token=TEXT, url=TEXT, expires_at=TIME),
    "Invited": shape(title=maybe(TEXT), inviter=ref("User"), expires_at=TIME),
    "People": shape(people=some(ref("User"))),
    "Hits": shape({"people": some(ref("User"))}, messages=some(ref("Message")), next=maybe(TEXT)),
    "Call": shape(
        id=ID,
        conversation=ID,
        media=TEXT,
        state=TEXT,
        role=TEXT,
        mine=YES,
        peer=ref("User"),
        round=WHOLE,
        version=WHOLE,
    ),
    "CallToApp": shape(token=TEXT, app_id=TEXT, address=TEXT),
    "Canned": shape(id=ID, short=TEXT, text=TEXT, uses=WHOLE, shared=YES),
    "CannedAnswers": shape(canned=some(ref("Canned"))),
    "Form": shape(
        {"submit": maybe(TEXT), "known": ANYTHING, "user": ID}, name=TEXT, type=TEXT, title=TEXT, fields=some(ANYTHING)
    ),
    "Forms": shape(forms=some(shape({"title": TEXT}, name=TEXT, type={"enum": ["form", "options"]}))),
    "Label": shape({"conversations": WHOLE}, id=ID, name=TEXT, color=maybe(TEXT)),
    "Labels": shape(labels=some(ref("Label"))),
    "Agent": shape(
        id=ID,
        name=TEXT,
        picture=maybe(TEXT),
        bot=YES,
        role=maybe(TEXT),
        available=YES,
        away_since=maybe(TIME),
        capacity=maybe(WHOLE),
        open=WHOLE,
    ),
    "Agents": shape(agents=some(ref("Agent"))),
    "Blocked": shape(blocked={}, visitor=ANYTHING),
    "Profile": shape(
        id=ID,
        name=TEXT,
        picture=maybe(TEXT),
        email=maybe(TEXT),
        external_id=maybe(TEXT),
        proved=YES,
        email_proved=YES,
        corrected=some({"enum": ["name", "email"]}),
        since=TIME,
    ),
    "PersonNotes": shape(
        notes=some(
            shape(
                {"about": TEXT},
                id=ID,
                user=ID,
                author=ref("User"),
                body=TEXT,
                created_at=TIME,
                edited_at=maybe(TIME),
            )
        )
    ),
    "Merged": shape(visitor=ref("User"), other=ref("User")),
    "Erased": shape(conversations=WHOLE, groups=WHOLE),
}
