"""Unread: how many messages of others lie behind a watermark; the team's agents have one each."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.visibility import IS_VISIBLE
from widget.models import SYSTEM_KINDS, AgentRead, Call, Conversation, Member, Message, User

MISSED = ("busy", "no-answer", "cancelled")
"""The outcomes of a call that whoever was called should be told of, because they took no part."""

_MISSED_CALL = exists().where(Call.message_id == Message.id, Call.state.in_(MISSED)).correlate(Message)

COUNTS = and_(
    or_(Message.kind.not_in(SYSTEM_KINDS), _MISSED_CALL),
    Message.deleted_at.is_(None),
    Message.private.is_(False),
)
"""Which messages count as unread at all."""

_OF_MEMBER = and_(IS_VISIBLE, Message.seq > Member.read_upto, Message.member_id != Member.id, COUNTS)

_OF_EACH_VISITOR = (
    select(Member.id, func.count())
    .join(Message, _OF_MEMBER)
    .where(Member.conversation_id == bindparam("id"), Member.user_id != TEAM_ID)
    .group_by(Member.id)
)

# What was said before somebody joined the team is not theirs to read.
_OF_EACH_AGENT = (
    select(User.id, User.locale, func.count(Message.id), User.kind, User.scopes)
    .outerjoin(AgentRead, and_(AgentRead.user_id == User.id, AgentRead.conversation_id == bindparam("id")))
    .outerjoin(
        Message,
        and_(
            Message.conversation_id == bindparam("id"),
            Message.seq > func.coalesce(AgentRead.read_upto, 0),
            Message.created_at >= User.created_at,
            Message.member_id != bindparam("team_member"),
            COUNTS,
        ),
    )
    .where(User.team_id == TEAM_ID, User.removed_at.is_(None))
    .group_by(User.id, User.locale, User.kind, User.scopes)
)


def of_visitors(session: Session, conversation_id: str) -> dict[str, int]:
    """How much each member but the team has not read, by member; who has read all is not in it."""
    return dict(iter(session.execute(_OF_EACH_VISITOR, {"id": conversation_id})))


class OfAgent(NamedTuple):
    """What an agent, or a bot, has not read."""

    id: str
    locale: str | None
    unread: int
    without_notes: bool


def of_agents(session: Session, team: Member) -> list[OfAgent]:
    """How much each agent has not read where `team` is the team's member."""
    found = session.execute(_OF_EACH_AGENT, {"id": team.conversation_id, "team_member": team.id})
    return [
        OfAgent(user_id, locale, count, User(kind=kind, scopes=scopes).without_notes)
        for user_id, locale, count, kind, scopes in found
    ]


def watermark_of(user: User) -> ColumnElement[int]:
    """For a query of conversations and members: how far `user`, whose member it is, has read."""
    if user.principal_id != TEAM_ID:
        return Member.read_upto.expression
    own = select(AgentRead.read_upto).where(AgentRead.conversation_id == Conversation.id, AgentRead.user_id == user.id)
    return func.coalesce(own.correlate(Conversation).scalar_subquery(), 0)


def count_for(user: User) -> ScalarSelect[int]:
    """The same: how much they have not read."""
    if user.principal_id != TEAM_ID:
        return select(func.count()).where(_OF_MEMBER).correlate(Member).scalar_subquery()
    behind = Message.seq > watermark_of(user)
    mine = and_(Message.conversation_id == Conversation.id, Message.member_id != Member.id, behind, COUNTS)
    query = select(func.count()).where(mine, _since(user.created_at))
    return query.correlate(Conversation, Member).scalar_subquery()


def _since(joined: datetime | None) -> ColumnElement[bool]:
    return Message.created_at >= joined if joined else Message.seq > 0


def mark(session: Session, user: User, conversation_id: str, upto: int) -> bool:
    """Move an agent's own watermark forward in a conversation that is locked; False when it was there already."""
    own = session.get(AgentRead, (conversation_id, user.id))
    if own is None:
        own = AgentRead(conversation_id=conversation_id, user_id=user.id, read_upto=0)
        session.add(own)
    if own.read_upto >= upto:
        return False
    own.read_upto = upto
    return True
