"""Finding what was said."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from widget import db
from widget.chat.conversations import membership
from widget.chat.errors import Unprocessable
from widget.chat.messages.loading import WITH_RELATED
from widget.models import SYSTEM_KINDS, Attachment, Member, Message, User

LEAST = 2
"""The shortest text to look for, in characters."""

MOST = 30
"""How many messages are found at most."""


def messages(user: User, text: str, conversation_id: str | None = None) -> list[Message]:
    """The newest MOST messages with this text, whatever its case, in one's conversations or in one of them.

    It may stand in what was said, or in the name of a file.
    Raises Unprocessable for a text that is too short, and NotFound for a foreign conversation.
    """
    text = text.strip()
    if len(text) < LEAST:
        raise Unprocessable(f"Type at least {LEAST} characters to search for.")
    with db.reading() as session:
        if conversation_id is not None:
            membership.member_of(session, user, conversation_id)

        def has(column: Any) -> ColumnElement[bool]:
            in_lower_case = func.lower(column) if text.isascii() else db.lower(session, column)
            return in_lower_case.contains(text.lower(), autoescape=True)

        query = (
            select(Message)
            .join(Member, (Member.conversation_id == Message.conversation_id) & (Member.user_id == user.principal_id))
            .where(Message.seq <= func.coalesce(Member.left_seq, Message.seq))
            .where(or_(Member.left_at.is_(None), Message.edited_at.is_(None), Message.edited_at <= Member.left_at))
            .where(Message.kind.not_in(SYSTEM_KINDS), Message.deleted_at.is_(None))
            .outerjoin(Attachment, Attachment.message_id == Message.id)
            .where(or_(has(Message.body), has(Attachment.name)))
            .options(*WITH_RELATED)
            .order_by(Message.created_at.desc(), Message.seq.desc())
            .limit(MOST)
        )
        if conversation_id is not None:
            query = query.where(Message.conversation_id == conversation_id)
        return list(session.scalars(query))
