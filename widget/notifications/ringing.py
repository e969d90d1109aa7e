"""Calls at agents who have no tab open: they are told by push that it rings, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from widget import db
from widget.chat.calls.states import RING, RINGING, live
from widget.chat.conversations.membership import TEAM_ID
from widget.i18n import _
from widget.models import Call, Conversation, Member, Notification, NotificationPreferences
from widget.notifications import queue, recipients, subscriptions
from widget.text import clean

RINGS, OVER = "call", "call-over"
"""How the events of these notifications begin; then follow the call and the browser."""

LOOKED_BACK = RING + timedelta(minutes=1)
"""For how long after a call has begun it is looked at what became of it."""


def find(at: datetime) -> None:
    """Queue for each browser of those at whom a call rings that it does; and later, that it does not any more."""
    to_team = live().join(Member, Member.id == Call.callee_member_id).where(Member.user_id == TEAM_ID)
    ringing = to_team.where(Call.state == RINGING, Call.due_at > at).options(selectinload(Call.rings))
    told = select(Notification).where(
        Notification.created_at > at - LOOKED_BACK, Notification.event.startswith(f"{RINGS}:")
    )
    with db.reading() as session:
        if session.scalar(ringing.limit(1)) is None and session.scalar(told.limit(1)) is None:
            return
    with db.transaction() as session:
        for call in session.scalars(ringing):
            _tell_of(session, call, at)
        for before in session.scalars(told):
            call = session.get(Call, _call_id(before))
            if call is None or call.state != RINGING:
                _tell(
                    session,
                    f"{OVER}:{_call_id(before)}",
                    before.conversation_id,
                    before.user_id,
                    before.subscription_id,
                    at,
                )


def is_urgent(notification: Notification) -> bool:
    """Whether this says that a call rings now: nobody needs it once that is over."""
    return notification.event.startswith(f"{RINGS}:")


def shown(session: Session, notification: Notification) -> dict[str, str] | None:
    """What the browser shows of a call; None when there is nothing to tell any more."""
    call = session.get(Call, _call_id(notification))
    if call is None or is_urgent(notification) != (call.state == RINGING):
        return None
    title = clean.line(call.caller.name)
    if call.state == RINGING:
        body = _("Incoming video call") if call.media == "video" else _("Incoming voice call")
        return {"kind": "call", "title": title, "body": body}
    if call.callee_id == notification.user_id:
        return None
    by = call.callee.name if call.callee else ""
    body = _("%(name)s has answered the call", name=by) if by else _("Missed call")
    return {"kind": "call-over", "title": title, "body": body}


def _tell_of(session: Session, call: Call, at: datetime) -> None:
    conversation = session.get_one(Conversation, call.conversation_id)
    for user_id in [it.user_id for it in call.rings if it.declined_at is None]:
        if _wants(recipients.preferences(session, user_id), conversation):
            for browser in subscriptions.live(session, user_id):
                _tell(session, f"{RINGS}:{call.id}", conversation.id, user_id, browser.id, at)


def _tell(
    session: Session, what: str, conversation_id: str, user_id: str, browser_id: str | None, at: datetime
) -> None:
    event = f"{what}:{browser_id}"
    queue.add(session, event, "push", user_id, at, conversation_id=conversation_id, subscription_id=browser_id)


def _call_id(notification: Notification) -> str:
    return notification.event.split(":")[1]


def _wants(chosen: NotificationPreferences, conversation: Conversation) -> bool:
    """Whether somebody wants to be told; a call is for people, even where a bot answers what is written."""
    if conversation.assignee is not None and conversation.assignee.kind == "bot":
        return chosen.push != "none"
    return recipients.wants(chosen.push, chosen.user_id, conversation)
