"""Visibility: what a member may see of a conversation. Every query and every serializer asks here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from widget.chat.conversations.membership import TEAM_ID
from widget.models import Conversation, Member, Message, User

_NEWEST_PUBLIC = func.coalesce(Member.left_seq, Conversation.public_seq)
_NEWEST = case((Member.user_id == TEAM_ID, Conversation.listed_seq), else_=_NEWEST_PUBLIC)

IS_VISIBLE = and_(
    Message.conversation_id == Member.conversation_id,
    Message.seq <= func.coalesce(Member.left_seq, Message.seq),
    (Member.user_id == TEAM_ID) | Message.private.is_(False),
)
"""For a query of members and messages: that the member may see the message."""


def is_team(member: Member) -> bool:
    """Whether this is the team's member, who is told how the work in a conversation stands."""
    return member.user_id == TEAM_ID


def sees_private(member: Member) -> bool:
    """Whether notes, and what the log says of the team's work, are for this member."""
    return is_team(member) and not member.without_notes


def reads_notes(user: User) -> bool:
    """The same for a user, whichever conversation it is."""
    return user.principal_id == TEAM_ID and not user.without_notes


def as_seen(team: Member, without_notes: bool) -> Member:
    """The team's member as an agent has it, or as a bot does that may see no note."""
    if team.without_notes == without_notes:
        return team
    seen = Member(**{column.key: getattr(team, column.key) for column in Member.__table__.columns})
    make_transient_to_detached(seen)
    set_committed_value(seen, "user", team.user)
    seen.without_notes = without_notes
    return seen


def newest_for(user: User) -> ColumnElement[int]:
    """For a query of members and their conversations: the number of the message that this user's list shows."""
    return _NEWEST_PUBLIC if user.without_notes else _NEWEST


def visible_to(me: Member) -> ColumnElement[bool]:
    """What restricts messages to those this member may see."""
    condition = Message.conversation_id == me.conversation_id
    if not sees_private(me):
        condition = and_(condition, Message.private.is_(False))
    return condition if me.left_seq is None else and_(condition, Message.seq <= me.left_seq)


def may_see(me: Member, message: Message) -> bool:
    """The same for a message that has been read already."""
    if message.conversation_id != me.conversation_id or (message.private and not sees_private(me)):
        return False
    return me.left_seq is None or message.seq <= me.left_seq


def was_there(me: Member, seq: int) -> bool:
    """Whether somebody was a member when the message of this number was sent: their stream tells of it."""
    return me.joined_seq <= seq and (me.left_seq is None or seq <= me.left_seq)


def newest(conversation: Conversation, me: Member) -> int:
    """The number of the message that this member's list shows."""
    if sees_private(me):
        return conversation.listed_seq
    return conversation.public_seq if me.left_seq is None else me.left_seq


def newest_public(session: Session, conversation: Conversation, upto: int) -> int:
    """The number of the newest message up to `upto` that everybody may see; 0 when there is none.

    What others are told of the team's receipts goes no further, or it would tell of notes.
    """
    if upto >= conversation.public_seq:
        return conversation.public_seq
    public = select(func.max(Message.seq)).where(
        Message.conversation_id == conversation.id, Message.seq <= upto, Message.private.is_(False)
    )
    return session.scalar(public) or 0


def changed_since_leaving(me: Member, message: Message) -> bool:
    """Whether a message says what this member is not to know any more: it was edited after they left."""
    return me.left_at is not None and message.edited_at is not None and message.edited_at > me.left_at
