"""Receipts: two watermarks a member, never a row a message."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from widget import db
from widget.chat import conversations
from widget.chat.errors import Unprocessable
from widget.chat.signals import messages_read
from widget.models import Conversation, Member, Message, User


def mark_read(user: User, conversation_id: str, upto: int) -> bool:
    """Move the user's read watermark forward to message number `upto`.

    Never moves backwards; returns False when nothing changed. Raises NotFound in foreign conversations and
    Unprocessable for a number that no message has yet.
    """
    with db.transaction() as session:
        member = conversations.seat(session, user, conversation_id)
        newest = session.get_one(Conversation, conversation_id).last_seq
        if upto > newest:
            raise Unprocessable(f"There is no message {upto} yet; the newest is {newest}.")
        moved = session.execute(
            update(Member)
            .where(Member.id == member.id, Member.read_upto < upto)
            .values(read_upto=upto)
            .returning(Member.id)
        ).first()
        if moved is None:
            return False
    messages_read.send(conversation_id, member_id=member.id)
    return True


def read_by_all(me: Member, members: Iterable[Member]) -> int:
    """The number up to which everyone else has read what `me` wrote."""
    return min((member.read_upto for member in members if member.id != me.id), default=0)


def status(message: Message, me: Member, members: Iterable[Member]) -> str:
    """`read` when all others have read this message, else `sent`."""
    return "read" if message.seq <= read_by_all(me, members) else "sent"
