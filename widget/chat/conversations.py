"""Conversations: who sits in them, and how they look from one chair."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from widget import db
from widget.chat.errors import NotFound
from widget.models import Conversation, Member, Message, User

TEAM_ID = "team"
"""The user that stands for the site's team; the first migration makes it."""

LIST_LIMIT = 200
"""How many conversations a list shows at most, newest first."""


@dataclass(frozen=True)
class Overview:
    """A conversation as one member has it in a list."""

    conversation: Conversation
    me: Member
    last: Message | None
    unread: int
    """How many messages of others lie behind this member's read watermark."""


def start_with_team(session: Session, visitor: User) -> None:
    """Open the conversation of a new visitor with the site's team."""
    conversation = Conversation(kind="direct")
    session.add(conversation)
    session.flush()
    session.add_all(Member(conversation_id=conversation.id, user_id=user_id) for user_id in (visitor.id, TEAM_ID))


def seat(session: Session, user: User, conversation_id: str) -> Member:
    """The chair that `user` has in a conversation; raises NotFound alike for none and for no such conversation."""
    return seat_among_all(session, user, conversation_id)[0]


def seat_among_all(session: Session, user: User, conversation_id: str) -> tuple[Member, list[Member]]:
    """The chair that `user` has, and all chairs; raises NotFound like `seat`."""
    all_chairs = list(session.scalars(select(Member).where(Member.conversation_id == conversation_id)))
    own = next((member for member in all_chairs if member.user_id == user.seat_id), None)
    if own is None:
        raise NotFound("There is no such conversation.")
    return own, all_chairs


def all_of(user: User) -> list[Overview]:
    """The conversations of a user, newest first; the team sees only those in which something was said."""
    with db.reading() as session:
        said = Conversation.last_seq > 0 if user.seat_id == TEAM_ID else None
        return _overviews(session, Member.user_id == user.seat_id, said)


def one_of(user: User, conversation_id: str) -> Overview:
    """One conversation of a user; raises NotFound when it is not theirs."""
    with db.reading() as session:
        me = seat(session, user, conversation_id)
        return _overviews(session, Member.id == me.id)[0]


def from_every_chair(conversation_id: str) -> list[Overview]:
    """The same conversation as each of its members has it."""
    with db.reading() as session:
        return _overviews(session, Member.conversation_id == conversation_id)


def _overviews(session: Session, *which: ColumnElement[bool] | None) -> list[Overview]:
    unread = (
        select(func.count())
        .where(
            Message.conversation_id == Member.conversation_id,
            Message.seq > Member.read_upto,
            Message.member_id != Member.id,
        )
        .correlate(Member)
        .scalar_subquery()
    )
    last = and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
    rows = session.execute(
        select(Conversation, Member, Message, unread)
        .join(Member, Member.conversation_id == Conversation.id)
        .outerjoin(Message, last)
        .where(*(condition for condition in which if condition is not None))
        .options(
            selectinload(Conversation.members).joinedload(Member.user),
            joinedload(Message.sender),
        )
        .order_by(Conversation.updated_at.desc(), Conversation.id)
        .limit(LIST_LIMIT)
    )
    return [Overview(*row) for row in rows]


def listeners(member: Member) -> list[str]:
    """The ids of the users whose tabs show what this member sees: every agent for the team, else one."""
    if member.user_id != TEAM_ID:
        return [member.user_id]
    with db.reading() as session:
        return list(session.scalars(select(User.id).where(User.team_id == TEAM_ID)))
