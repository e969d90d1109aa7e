"""Unread: how many messages of others lie behind a watermark; the team's agents have one each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.visibility import IS_VISIBLE
from widget.models import SYSTEM_KINDS, AgentRead, Call, Conversation, Member, Message, User
from widget.models.users import may_see_no_note
from widget.prepared import Prepared

MISSED = ("busy", "no-answer", "cancelled")
"""The outcomes of a call that whoever was called should be told of, because they took no part."""

_MISSED_CALL = exists().where(Call.message_id == Message.id, Call.state.in_(MISSED)).correlate(Message)

COUNTS = and_(
    or_(Message.kind.not_in(SYSTEM_KINDS), _MISSED_CALL),
    Message.deleted_at.is_(None),
    Message.private.is_(False),
)
"""Which messages count as unread at all."""

COUNTED_UPTO = 100
"""Nobody's messages are counted further: what it costs does not grow with how long somebody was away."""

_OF_MEMBER = and_(IS_VISIBLE, Message.seq > Member.read_upto, Message.member_id != Member.id, COUNTS)


def _count(condition: ColumnElement[bool], *outer: type[Any]) -> ScalarSelect[int]:
    """How many messages meet a condition, as far as they are counted; `outer` has what the condition compares with."""
    some = select(Message.id).where(condition).limit(COUNTED_UPTO).correlate(*outer)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _watermark(conversation_id: Any, user_id: Any, joined: Any, *outer: type[Any]) -> ColumnElement[int]:
    """How far an agent has read: messages from before they joined the team are not theirs to read."""
    own = select(AgentRead.read_upto).where(AgentRead.conversation_id == conversation_id, AgentRead.user_id == user_id)
    before = select(Message.seq).where(Message.conversation_id == conversation_id, Message.created_at < joined)
    before = before.order_by(Message.created_at.desc()).limit(1)
    found = (it.correlate(*outer).scalar_subquery() for it in (own, before))
    return func.coalesce(*found, 0)


_OF_EACH_VISITOR = select(Member.id, null(), _count(_OF_MEMBER, Member), null(), null()).where(
    Member.conversation_id == bindparam("id"), Member.user_id != TEAM_ID
)

_OF_EACH_AGENT = select(
    User.id,
    User.locale,
    _count(
        and_(
            Message.conversation_id == bindparam("id"),
            Message.seq > _watermark(bindparam("id"), User.id, User.created_at, User),
            Message.member_id != bindparam("team_member"),
            COUNTS,
        ),
        User,
    ),
    User.kind,
    User.scopes,
).where(User.team_id == TEAM_ID, User.removed_at.is_(None))

_AGENTS = Prepared(
    select(User.id, User.locale, User.kind, User.scopes).where(User.team_id == TEAM_ID, User.removed_at.is_(None))
)

# Asked with most messages: one statement, not two.
_OF_EVERYBODY: CompoundSelect[Any] = union_all(_OF_EACH_VISITOR, _OF_EACH_AGENT)


class OfAgent(NamedTuple):
    """What an agent, or a bot, has not read."""

    id: str
    locale: str | None
    unread: int
    without_notes: bool


Unread = tuple[dict[str, int], list[OfAgent]]
"""How much each member but the team has not read, by member; and each agent."""


def agents(session: Session) -> list[OfAgent]:
    """The agents, and bots, as if they had read everything."""
    rows = _AGENTS.execute(db.connection_of(session), {})
    return [OfAgent(whose, locale, 0, may_see_no_note(kind, scopes)) for whose, locale, kind, scopes in rows]


def of_everybody(session: Session, conversation_id: str, team: str) -> Unread:
    """How much everybody has not read, counted; `team` is the team's member."""
    of_visitors: dict[str, int] = {}
    of_agents: list[OfAgent] = []
    for whose, locale, count, kind, scopes in session.connection().execute(
        _OF_EVERYBODY, {"id": conversation_id, "team_member": team}
    ):
        if kind is None:
            of_visitors[whose] = count
        else:
            of_agents.append(OfAgent(whose, locale, count, may_see_no_note(kind, scopes)))
    return of_visitors, of_agents


def watermark_of(user: User) -> ColumnElement[int]:
    """For a query of conversations and members: how far `user`, whose member it is, has read."""
    if user.principal_id != TEAM_ID:
        return Member.read_upto.expression
    return _watermark(Conversation.id, user.id, _joined(user), Conversation)


def count_for(user: User) -> ScalarSelect[int]:
    """The same: how much they have not read."""
    if user.principal_id != TEAM_ID:
        return _count(_OF_MEMBER, Member)
    behind = Message.seq > watermark_of(user)
    mine = and_(Message.conversation_id == Conversation.id, Message.member_id != Member.id, behind, COUNTS)
    return _count(mine, Conversation, Member)


def _joined(user: User) -> datetime:
    """When somebody joined the team; the team itself was always there."""
    return user.created_at or datetime.min.replace(tzinfo=UTC)


def mark(session: Session, user: User, conversation_id: str, upto: int) -> bool:
    """Move an agent's own watermark forward in a conversation that is locked; False when it was there already."""
    own = session.get(AgentRead, (conversation_id, user.id))
    if own is None:
        before = session.scalar(select(_watermark(conversation_id, user.id, _joined(user))))
        own = AgentRead(conversation_id=conversation_id, user_id=user.id, read_upto=before)
        session.add(own)
    if own.read_upto >= upto:
        return False
    own.read_upto = upto
    return True
