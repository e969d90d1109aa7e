"""The states of a call, how long each may last, and the steps between them: the database decides who is first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from widget.chat import events
from widget.chat.conversations import cases
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.unread import MISSED
from widget.chat.messages import system
from widget.models import Call, Conversation, Member, Message, User, now

RINGING, ANSWERED, CONNECTED, RECONNECTING = "ringing", "answered", "connected", "reconnecting"
TALKING = (ANSWERED, CONNECTED, RECONNECTING)
LIVE = (RINGING, *TALKING)
OUTCOMES = ("ended", "declined", "busy", "no-answer", "cancelled", "failed")
RING = timedelta(seconds=45)
"""How long it rings."""
CONNECT = timedelta(seconds=30)
"""How long two tabs may take to reach each other, and to find each other again."""
AWAY = timedelta(seconds=10)
"""How long a tab that was closed, or is being loaded anew, is waited for."""
SILENCE = timedelta(minutes=2)
"""How long a connected call lasts without a word from either tab: longer than a restart of the server takes."""


def live() -> Any:
    """The calls that are not over."""
    return select(Call).where(Call.due_at.is_not(None))


def engagement(session: Session, user: User) -> Call | None:
    """The call that a person is in; asked for and changed by one request at a time."""
    session.get(User, user.id, with_for_update={"key_share": True})
    own: ColumnElement[bool] = or_(Call.caller_id == user.id, Call.callee_id == user.id)
    call: Call | None = session.scalar(live().where(own))
    return call


def talks(call: Call, user: User, tab: str) -> bool:
    """Whether this tab is one of the two that talk."""
    ends = ((call.caller_id, call.caller_tab), (call.callee_id, call.callee_tab))
    return call.state in TALKING and (user.id, tab) in ends


def move(session: Session, call: Call, to: str, since: tuple[str, ...], **values: Any) -> bool:
    """Bring a call into another state, out of one of these only: the database decides who was first."""
    moment = now()
    moved = session.scalar(
        update(Call)
        .where(Call.id == call.id, Call.state.in_(since))
        .values(state=to, version=Call.version + 1, changed_at=moment, unpublished_since=moment, **values)
        .returning(Call.id)
    )
    session.refresh(call)
    return moved is not None


def postpone(session: Session, call: Call, due_at: datetime) -> None:
    """Let a call that is not over be over at another time."""
    session.execute(update(Call).where(Call.id == call.id, Call.due_at.is_not(None)).values(due_at=due_at))


def finish(session: Session, call: Call, outcome: str, at: datetime | None = None) -> None:
    """End a call that is not over yet, and say so in its conversation."""
    if not move(session, call, outcome, LIVE, due_at=None, ended_at=at or now()):
        return
    line = system.append_call(session, call)
    session.execute(update(Call).where(Call.id == call.id).values(message_id=line.id))
    session.refresh(call)
    _note_in_case(session, call, line)
    events.call_ended.send(call, session=session)


def _note_in_case(session: Session, call: Call, line: Message) -> None:
    """For the team's work, a call that it missed is a question, and one in which people talked an answer."""
    conversation = session.get_one(Conversation, call.conversation_id)
    caller, callee = (session.get_one(Member, it) for it in (call.caller_member_id, call.callee_member_id))
    if call.state in MISSED and callee.user_id == TEAM_ID:
        cases.message_added(session, conversation, caller, session.get_one(User, call.caller_id), line)
    elif call.connected_at is not None and TEAM_ID in (caller.user_id, callee.user_id):
        team, person = (callee, call.callee_id) if callee.user_id == TEAM_ID else (caller, call.caller_id)
        cases.message_added(session, conversation, team, session.get_one(User, person or TEAM_ID), line)
