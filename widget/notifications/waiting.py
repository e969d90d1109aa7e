"""Whom nobody looks at: a visitor who has waited for so many minutes, and no agent has read what they wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations import membership, unread
from widget.chat.conversations.cases import OPEN
from widget.chat.conversations.membership import TEAM_ID
from widget.models import AgentRead, Conversation, Member, Message, User
from widget.notifications import queue, recipients

PORTION = 100
"""How many conversations are looked at at a time."""

_WAITS = (
    Message.conversation_id == Conversation.id,
    Message.seq > Conversation.answered_upto,
    Message.member_id.not_in(
        select(Member.id).where(Member.conversation_id == Conversation.id, Member.user_id == TEAM_ID)
    ),
    unread.COUNTS,
)
_BOTS = select(User.id).where(User.team_id == TEAM_ID, User.kind == "bot")
_FIRST = select(func.min(Message.seq)).where(*_WAITS).correlate(Conversation).scalar_subquery()
_LOOKED_AT = exists().where(AgentRead.conversation_id == Conversation.id, AgentRead.read_upto >= _FIRST)


def find(at: datetime, minutes: int) -> int:
    """Queue the mails that are due by this time; returns how many. One a conversation until it is answered."""
    long = Conversation.waiting_since <= at - timedelta(minutes=minutes)
    untold = or_(Conversation.mailed_upto.is_(None), Conversation.mailed_upto != Conversation.answered_upto)
    with_people = or_(Conversation.assignee_id.is_(None), Conversation.assignee_id.not_in(_BOTS))
    due = and_(Conversation.status == OPEN, with_people, long, untold, ~_LOOKED_AT.correlate(Conversation))
    with db.reading() as session:
        oldest = select(Conversation.id).where(due).order_by(Conversation.waiting_since, Conversation.id)
        found = list(session.scalars(oldest.limit(PORTION)))
    return sum(_queue(conversation_id, at) for conversation_id in found)


def messages(session: Session, conversation_id: str, most: int) -> list[Message]:
    """The newest of the messages that wait for the team, oldest first."""
    waits = select(Message).join(Conversation, Conversation.id == conversation_id).where(*_WAITS)
    return list(session.scalars(waits.order_by(Message.seq.desc()).limit(most)))[::-1]


def _queue(conversation_id: str, at: datetime) -> int:
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        if conversation.waiting_since is None or conversation.mailed_upto == conversation.answered_upto:
            return 0  # somebody has answered meanwhile, or another process was quicker
        upto = conversation.mailed_upto = conversation.answered_upto
        told = recipients.addressed(session, conversation, "mail")
        events = {f"mail:{conversation_id}:{upto}:{agent.id}": agent for agent, _preferences in told}
        return sum(
            queue.add(session, event, "mail", agent.id, at, conversation_id=conversation_id)
            for event, agent in events.items()
        )
