"""Visibility: what a member may see of a conversation. Every query and every serializer asks here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from widget.models import Member, Message


def visible_to(me: Member) -> ColumnElement[bool]:
    """What restricts messages to those this member may see."""
    here = Message.conversation_id == me.conversation_id
    return here if me.left_seq is None else and_(here, Message.seq <= me.left_seq)


def changed_since_leaving(me: Member, message: Message) -> bool:
    """Whether a message says what this member is not to know any more: it was edited after they left."""
    return me.left_at is not None and message.edited_at is not None and message.edited_at > me.left_at
