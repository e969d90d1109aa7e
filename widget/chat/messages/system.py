"""System messages: what happened in a conversation, kept as an event with its values and read as a sentence.

Every reader gets the sentence in their own language. What is kept as the message's body besides is the same in the
site's language, for whoever reads the tables.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from widget import i18n
from widget.chat.conversations.views import MISSED
from widget.chat.messages import sending
from widget.i18n import _, mark
from widget.models import Call, Conversation, Member, Message, User
from widget.text.durations import minutes_seconds

EVENTS = {
    "group-created": mark("%(user)s created the group “%(title)s”."),
    "group-renamed": mark("%(user)s named the group “%(title)s”."),
    "picture-changed": mark("%(user)s changed the group’s picture."),
    "member-added": mark("%(user)s added %(other)s."),
    "member-joined": mark("%(user)s joined with an invitation from %(other)s."),
    "member-left": mark("%(user)s left."),
    "member-removed": mark("%(user)s removed %(other)s."),
    "owner-made": mark("%(user)s made %(other)s an owner."),
    "member-made": mark("%(user)s made %(other)s a member."),
}
"""What may happen, and how it is told; `user` did it."""

CALLS = {
    ("voice", "ended"): mark("Voice call, %(duration)s"),
    ("voice", "failed"): mark("Voice call that could not be connected"),
    ("voice", "declined"): mark("Voice call, declined"),
    ("voice", "busy"): mark("Voice call, the line was busy"),
    ("voice", "no-answer"): mark("Voice call, no answer"),
    ("voice", "cancelled"): mark("Voice call, cancelled"),
    ("video", "ended"): mark("Video call, %(duration)s"),
    ("video", "failed"): mark("Video call that could not be connected"),
    ("video", "declined"): mark("Video call, declined"),
    ("video", "busy"): mark("Video call, the line was busy"),
    ("video", "no-answer"): mark("Video call, no answer"),
    ("video", "cancelled"): mark("Video call, cancelled"),
}
"""What became of a call of each kind, for whoever made it."""

MISSED_CALLS = {"voice": mark("Missed voice call"), "video": mark("Missed video call")}
"""The same for whoever took no part in it."""


def append(session: Session, conversation: Conversation, me: Member, user: User, event: str, **values: str) -> Message:
    """Tell in a conversation that is `locked` that `user` did something (one of EVENTS), with its values.

    The caller sends `message_changed` after the commit.
    """
    params: dict[str, object] = {"user": user.name, **values}
    with i18n.reader(None):
        body = _(EVENTS[event], **params)
    return sending.append(session, conversation, me, user, body, kind="system", event=event, params=params)


def append_call(session: Session, call: Call) -> Message:
    """Tell in its conversation, which is `locked`, what became of a call."""
    params: dict[str, object] = {"media": call.media, "outcome": call.state, "duration": call.duration}
    with i18n.reader(None):
        body = _call(params, mine=True)
    conversation = session.get_one(Conversation, call.conversation_id)
    me = session.get_one(Member, call.caller_member_id)
    user = session.get_one(User, call.caller_id)
    return sending.append(session, conversation, me, user, body, kind="call", event="call", params=params)


def sentence(message: Message, mine: bool) -> str:
    """What a message says: for one that tells what happened the sentence, in the reader's language, else its body.

    `mine` tells whether it is the reader's own, as a call is for whoever made it.
    """
    params = message.params or {}
    if message.event == "call":
        return _call(params, mine)
    return _(EVENTS[message.event], **params) if message.event in EVENTS else message.body


def _call(params: dict[str, object], mine: bool) -> str:
    media, outcome = str(params["media"]), str(params["outcome"])
    if outcome in MISSED and not mine:
        return _(MISSED_CALLS[media])
    return _(CALLS[media, outcome], duration=minutes_seconds(float(str(params["duration"]))))
