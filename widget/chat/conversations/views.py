"""Views: a conversation as one of its members has it, with the newest message and what is unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID, Reader
from widget.chat.messages.loading import WITH_RELATED
from widget.models import SYSTEM_KINDS, Call, Conversation, Member, Message, User

LIST_LIMIT = 200
"""How many conversations a list shows at most, newest first."""

MISSED = ("busy", "no-answer", "cancelled")
"""The outcomes of a call that whoever was called should be told of, because they took no part."""

_MISSED_CALL = exists().where(Call.message_id == Message.id, Call.state.in_(MISSED)).correlate(Message)

_VISIBLE_UPTO = func.coalesce(Member.left_seq, Conversation.last_seq)

_IS_UNREAD = and_(
    Message.conversation_id == Member.conversation_id,
    Message.seq > Member.read_upto,
    Message.seq <= _VISIBLE_UPTO,
    Message.member_id != Member.id,
    or_(Message.kind.not_in(SYSTEM_KINDS), _MISSED_CALL),
    Message.deleted_at.is_(None),
)

_UNREAD_OF_EACH = (
    select(Member.id, func.count())
    .join(Conversation, Conversation.id == Member.conversation_id)
    .join(Message, _IS_UNREAD)
    .where(Member.conversation_id == bindparam("id"))
    .group_by(Member.id)
)

_BY_NUMBER = (
    select(Message)
    .where(Message.conversation_id == bindparam("id"), Message.seq.in_(bindparam("numbers", expanding=True)))
    .options(*WITH_RELATED)
)


@dataclass(frozen=True)
class ConversationView:
    """A conversation as one member has it in a list."""

    conversation: Conversation
    me: Member
    last: Message | None
    unread: int
    """How many messages of others lie behind this member's read watermark."""
    audience: list[Reader] = field(default_factory=list)
    """The users whose tabs show it; found by whoever looks from every member."""


def list_for(user: User) -> list[ConversationView]:
    """The conversations of a user, newest first; the team sees only those in which something was said."""
    with db.reading() as session:
        said = Conversation.last_seq > 0 if user.principal_id == TEAM_ID else None
        return _views(session, Member.user_id == user.principal_id, said)


def get(user: User, conversation_id: str) -> ConversationView:
    """One conversation of a user; raises NotFound when it is not theirs."""
    with db.reading() as session:
        me = membership.member_of(session, user, conversation_id)
        return _views(session, Member.id == me.id)[0]


def per_member(conversation_id: str, seq: int | None = None) -> list[ConversationView]:
    """The same conversation as each of its members has it; with `seq` also those who left after that message."""
    with db.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return []
        members = membership.members_of(session, conversation_id)
        shown = [it for it in members if it.left_at is None or (seq is not None and _upto(conversation, it) >= seq)]
        numbers = {_upto(conversation, it) for it in shown}
        found = session.scalars(_BY_NUMBER, {"id": conversation_id, "numbers": list(numbers)})
        last = {message.seq: message for message in found}
        set_committed_value(conversation, "members", members)
        return _views_of(session, conversation, shown, last)


def after_message(
    session: Session, conversation: Conversation, members: list[Member], message: Message
) -> list[ConversationView]:
    """A `locked` conversation, with all its members, as those who are here have it once this message was said."""
    set_committed_value(conversation, "members", members)
    return _views_of(session, conversation, conversation.present, {message.seq: message})


def _views_of(
    session: Session, conversation: Conversation, members: list[Member], last: Mapping[int, Message]
) -> list[ConversationView]:
    unread = dict(iter(session.execute(_UNREAD_OF_EACH, {"id": conversation.id})))
    team = any(it.user_id == TEAM_ID for it in members)
    answering = [Reader(*row) for row in session.execute(membership.AGENTS)] if team else []
    return [
        ConversationView(
            conversation,
            it,
            last.get(_upto(conversation, it)),
            unread.get(it.id, 0),
            answering if it.user_id == TEAM_ID else [Reader(it.user_id, it.user.locale)],
        )
        for it in members
    ]


def _upto(conversation: Conversation, member: Member) -> int:
    """The newest message that a member may see."""
    return conversation.last_seq if member.left_seq is None else member.left_seq


def of_user(user_id: str, conversation_id: str) -> list[ConversationView]:
    """The conversation as one user has it; nothing when they never were in it."""
    with db.reading() as session:
        return _views(session, Member.conversation_id == conversation_id, Member.user_id == user_id)


def _views(session: Session, *which: ColumnElement[bool] | None) -> list[ConversationView]:
    unread = select(func.count()).where(_IS_UNREAD).correlate(Member, Conversation).scalar_subquery()
    last = and_(Message.conversation_id == Conversation.id, Message.seq == _VISIBLE_UPTO)
    rows = session.execute(
        select(Conversation, Member, Message, unread)
        .join(Member, Member.conversation_id == Conversation.id)
        .outerjoin(Message, last)
        .where(*(condition for condition in which if condition is not None))
        .options(selectinload(Conversation.members).joinedload(Member.user), *WITH_RELATED)
        .order_by(Conversation.updated_at.desc(), Conversation.id)
        .limit(LIST_LIMIT)
    )
    # What goes on in a group does not move it for those who have left it.
    return sorted(
        (ConversationView(*row) for row in rows),
        key=lambda it: it.me.left_at or it.conversation.updated_at,
        reverse=True,
    )
