"""System messages: what happened in a conversation, kept as an event with its values and read as a sentence.

Every reader gets the sentence in their own language. What is kept as the message's body besides is the same in the
site's language, for whoever reads the tables.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from widget import i18n
from widget.chat.conversations.unread import MISSED
from widget.chat.messages import appending
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
    "rating-asked": mark("This conversation was resolved. How was it?"),
    "person-asked": mark("%(user)s asked for a person."),
    "member-made": mark("%(user)s made %(other)s a member."),
}
"""What may happen, and how it is told; `user` did it."""

WORK_EVENTS = {
    "work-taken": mark("%(user)s took this."),
    "work-assigned": mark("%(user)s assigned this to %(other)s."),
    "work-given-back": mark("%(user)s gave this back; nobody has it now."),
    "work-snoozed": mark("%(user)s snoozed this until the visitor writes."),
    "work-snoozed-until": mark("%(user)s snoozed this until %(until)s."),
    "work-unsnoozed": mark("%(user)s ended the snooze."),
    "work-resolved": mark("%(user)s resolved this."),
    "work-reopened": mark("%(user)s reopened this."),
    "label-added": mark("%(user)s added the label “%(label)s”."),
    "label-removed": mark("%(user)s removed the label “%(label)s”."),
    "handed-over": mark("%(user)s handed this over to people."),
    "bot-silent": mark("%(other)s has not answered; this was handed over to people."),
    "bot-failed": mark("%(other)s cannot be reached; this was handed over to people."),
    "turn-assigned": mark("It is %(other)s’s turn: this was assigned to them."),
    "snooze-ended": mark("The time for which this was snoozed is over."),
    "silence-resolved": mark("This was resolved, because nobody has written anything for %(days)s days."),
    "bot-resolved": mark("This was resolved, because nobody has written to the bot for %(hours)s hours."),
    "reminder": mark("The visitor has waited for an answer for %(minutes)s minutes."),
    "work-unassigned": mark("%(other)s has not answered for %(minutes)s minutes; nobody has this now."),
    "away-unassigned": mark("%(other)s is away; nobody has this now."),
}
"""What may happen to the team's work, and how the team is told: these messages are private."""

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


HANDOVERS = ("person-asked", "handed-over", "bot-silent", "bot-failed")
"""The events after which a visitor waits for people, whatever a bot has answered."""

_SENTENCES = EVENTS | WORK_EVENTS


def append(session: Session, conversation: Conversation, me: Member, user: User, event: str, **values: str) -> Message:
    """Tell in a conversation that is `locked` that `user` did something, with its values: one of EVENTS, or, to the
    team alone, one of WORK_EVENTS.

    The caller sends `message_changed` after the commit.
    """
    params: dict[str, object] = {"user": user.name, **values}
    with i18n.reader(None):
        body = _(_SENTENCES[event], **params)
    private = event in WORK_EVENTS
    return appending.append(
        session, conversation, me, user, body, kind="system", private=private, event=event, params=params
    )


def rename(line: Message, **names: str) -> None:
    """Let a line that tells one of EVENTS name somebody otherwise."""
    line.params = (line.params or {}) | names
    with i18n.reader(None):
        line.body = _(EVENTS[line.event or ""], **line.params)


def append_call(session: Session, call: Call) -> Message:
    """Tell in its conversation, which is `locked`, what became of a call."""
    params: dict[str, object] = {"media": call.media, "outcome": call.state, "duration": call.duration}
    with i18n.reader(None):
        body = _call(params, mine=True)
    conversation = session.get_one(Conversation, call.conversation_id)
    me = session.get_one(Member, call.caller_member_id)
    user = session.get_one(User, call.caller_id)
    return appending.append(session, conversation, me, user, body, kind="call", event="call", params=params)


def sentence(message: Message, mine: bool) -> str:
    """What a message says: for one that tells what happened the sentence, in the reader's language, else its body.

    `mine` tells whether it is the reader's own, as a call is for whoever made it.
    """
    params = message.params or {}
    if message.event == "call":
        return _call(params, mine)
    return _(_SENTENCES[message.event], **params) if message.event in _SENTENCES else message.body


def _call(params: dict[str, object], mine: bool) -> str:
    media, outcome = str(params["media"]), str(params["outcome"])
    if outcome in MISSED and not mine:
        return _(MISSED_CALLS[media])
    return _(CALLS[media, outcome], duration=minutes_seconds(float(str(params["duration"]))))
