"""Conversations: who sits in them, and how they look from one chair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat.errors import Forbidden, NotFound
from widget.models import LINES, Call, Conversation, Member, Message, MessageLink, Reaction, User

TEAM_ID = "team"
"""The user that stands for the site's team; the first migration makes it. The team sits in every conversation."""

LIST_LIMIT = 200
"""How many conversations a list shows at most, newest first."""

SHOWN = (
    joinedload(Message.sender),
    joinedload(Message.attachment),
    joinedload(Message.link).joinedload(MessageLink.preview),
    joinedload(Message.refusal),
    joinedload(Message.original).joinedload(Message.sender),
    joinedload(Message.original).joinedload(Message.attachment),
    selectinload(Message.reactions).joinedload(Reaction.user),
    joinedload(Message.call),
)
"""What is loaded along with a message that is to be shown."""

MISSED = ("busy", "no-answer", "cancelled")
"""The outcomes of a call that whoever was called should be told of, because they took no part."""

_MISSED_CALL = exists().where(Call.message_id == Message.id, Call.state.in_(MISSED)).correlate(Message)
_VISIBLE_UPTO = func.coalesce(Member.left_seq, Conversation.last_seq)
_IS_UNREAD = and_(
    Message.conversation_id == Member.conversation_id,
    Message.seq > Member.read_upto,
    Message.seq <= _VISIBLE_UPTO,
    Message.member_id != Member.id,
    or_(Message.kind.not_in(LINES), _MISSED_CALL),
    Message.deleted_at.is_(None),
)

# Statements that every message needs are put together once: that is half of what a small one costs.
_LOCK = (
    select(Conversation)
    .where(Conversation.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_CHAIRS = (
    select(Member)
    .where(Member.conversation_id == bindparam("id"))
    .options(joinedload(Member.user))
    .order_by(Member.joined_at, Member.id)
)
_AGENTS = select(User.id).where(User.team_id == TEAM_ID)
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
    .options(*SHOWN)
)


@dataclass(frozen=True)
class Overview:
    """A conversation as one member has it in a list."""

    conversation: Conversation
    me: Member
    last: Message | None
    unread: int
    """How many messages of others lie behind this member's read watermark."""
    listeners: list[str] = field(default_factory=list)
    """The ids of the users whose tabs show it; found by whoever looks from every chair."""


def start_with_team(session: Session, visitor: User) -> None:
    """Open the conversation of a new visitor with the site's team."""
    conversation = Conversation(kind="direct")
    session.add(conversation)
    session.flush()
    session.add_all(Member(conversation_id=conversation.id, user_id=user_id) for user_id in (visitor.id, TEAM_ID))


def seat(session: Session, user: User, conversation_id: str) -> Member:
    """The chair that `user` has, or had; raises NotFound alike for none and for no such conversation."""
    return seat_among_all(session, user, conversation_id)[0]


def seat_among_all(session: Session, user: User, conversation_id: str) -> tuple[Member, list[Member]]:
    """The chair that `user` has or had, and all chairs, also of those who left; raises NotFound like `seat`."""
    chairs = _chairs(session, conversation_id)
    own = next((member for member in chairs if member.user_id == user.seat_id), None)
    if own is None:
        raise NotFound("There is no such conversation.")
    return own, chairs


def _chairs(session: Session, conversation_id: str) -> list[Member]:
    return list(session.scalars(_CHAIRS, {"id": conversation_id}))


def must_be_present(member: Member) -> None:
    """Raise Forbidden for somebody who has left: they keep what was said before, and nothing else."""
    if member.left_at is not None:
        raise Forbidden("You are not in this conversation any more.")


def locked(session: Session, conversation_id: str) -> Conversation:
    """The row of a conversation, locked until the transaction ends: its changes happen one after the other.

    What is read after this is as the last change left it. Whoever changes something that a list shows raises
    `revision`. Raises NotFound like `seat`.
    """
    conversation = session.scalar(_LOCK, {"id": conversation_id})
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def visible_to(me: Member) -> ColumnElement[bool]:
    """What restricts messages to those this member may see."""
    here = Message.conversation_id == me.conversation_id
    return here if me.left_seq is None else and_(here, Message.seq <= me.left_seq)


def changed_since_leaving(me: Member, message: Message) -> bool:
    """Whether a message says what this member is not to know any more: it was edited after they left."""
    return me.left_at is not None and message.edited_at is not None and message.edited_at > me.left_at


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


def from_every_chair(conversation_id: str, seq: int | None = None) -> list[Overview]:
    """The same conversation as each of its members has it; with `seq` also those who left after that message."""
    with db.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return []
        chairs = _chairs(session, conversation_id)
        shown = [it for it in chairs if it.left_at is None or (seq is not None and _upto(conversation, it) >= seq)]
        numbers = {_upto(conversation, it) for it in shown}
        found = session.scalars(_BY_NUMBER, {"id": conversation_id, "numbers": list(numbers)})
        last = {message.seq: message for message in found}
        set_committed_value(conversation, "members", chairs)
        return _overviews_of(session, conversation, shown, last)


def after(session: Session, conversation: Conversation, chairs: list[Member], message: Message) -> list[Overview]:
    """A `locked` conversation, with all its chairs, as those who are here have it once this message was said."""
    set_committed_value(conversation, "members", chairs)
    return _overviews_of(session, conversation, conversation.present, {message.seq: message})


def _overviews_of(
    session: Session, conversation: Conversation, chairs: list[Member], last: Mapping[int, Message]
) -> list[Overview]:
    unread = dict(iter(session.execute(_UNREAD_OF_EACH, {"id": conversation.id})))
    answering = list(session.scalars(_AGENTS)) if any(it.user_id == TEAM_ID for it in chairs) else []
    return [
        Overview(
            conversation,
            it,
            last.get(_upto(conversation, it)),
            unread.get(it.id, 0),
            answering if it.user_id == TEAM_ID else [it.user_id],
        )
        for it in chairs
    ]


def _upto(conversation: Conversation, member: Member) -> int:
    """The newest message that a member may see."""
    return conversation.last_seq if member.left_seq is None else member.left_seq


def from_chairs_of(user_id: str, conversation_id: str) -> list[Overview]:
    """The conversation as one user has it; nothing when they never were in it."""
    with db.reading() as session:
        return _overviews(session, Member.conversation_id == conversation_id, Member.user_id == user_id)


def _overviews(session: Session, *which: ColumnElement[bool] | None) -> list[Overview]:
    unread = select(func.count()).where(_IS_UNREAD).correlate(Member, Conversation).scalar_subquery()
    last = and_(Message.conversation_id == Conversation.id, Message.seq == _VISIBLE_UPTO)
    rows = session.execute(
        select(Conversation, Member, Message, unread)
        .join(Member, Member.conversation_id == Conversation.id)
        .outerjoin(Message, last)
        .where(*(condition for condition in which if condition is not None))
        .options(selectinload(Conversation.members).joinedload(Member.user), *SHOWN)
        .order_by(Conversation.updated_at.desc(), Conversation.id)
        .limit(LIST_LIMIT)
    )
    # What goes on in a group does not move it for those who have left it.
    return sorted(
        (Overview(*row) for row in rows), key=lambda it: it.me.left_at or it.conversation.updated_at, reverse=True
    )


def listeners(member: Member) -> list[str]:
    """The ids of the users whose tabs show what this member sees: every agent for the team, else one."""
    return agents() if member.user_id == TEAM_ID else [member.user_id]


def agents() -> list[str]:
    """The ids of everybody who answers for the team."""
    with db.reading() as session:
        return list(session.scalars(_AGENTS))


def companions(user_ids: Iterable[str]) -> dict[str, set[str]]:
    """For each of these users the chairs (by user id) that sit in a conversation with them where something was said."""
    own, other = aliased(Member), aliased(Member)
    found: dict[str, set[str]] = defaultdict(set)
    with db.reading() as session:
        rows = session.execute(
            select(own.user_id, other.user_id)
            .join(Conversation, Conversation.id == own.conversation_id)
            .join(other, other.conversation_id == own.conversation_id)
            .where(own.user_id.in_(list(user_ids)), Conversation.last_seq > 0, other.user_id != own.user_id)
            .where(own.left_at.is_(None), other.left_at.is_(None))
            .distinct()
        )
        for user_id, companion in rows:
            found[user_id].add(companion)
    return found
