"""Links that were sent before anybody knew what they lead to: each is looked up once, and its message has a preview."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update

from widget import db
from widget.chat.conversations import membership
from widget.chat.events import message_changed
from widget.chat.messages import sending
from widget.models import Message, MessageLink, now
from widget.previews import lookup

CLAIM = timedelta(seconds=30)
"""After this a process that wanted to fetch a page has died over it."""


def claim(limit: int = 4) -> list[tuple[str, str]]:
    """Links that wait for their preview, as (message id, address); nobody else gets the same for a while."""
    free: ColumnElement[bool] = or_(MessageLink.claimed_at.is_(None), MessageLink.claimed_at < now() - CLAIM)
    with db.reading() as session:
        waiting = select(MessageLink).where(MessageLink.preview_id.is_(None), free)
        found = list(session.scalars(waiting.order_by(MessageLink.created_at).limit(limit)))
    mine = []
    for link in found:
        with db.transaction() as session:
            which = (MessageLink.message_id == link.message_id, MessageLink.preview_id.is_(None), free)
            taken = session.execute(update(MessageLink).where(*which).values(claimed_at=now()))
        if taken.rowcount == 1:  # type: ignore[attr-defined]
            mine.append((link.message_id, link.url))
    return mine


def complete(message_id: str, url: str) -> None:
    """Look a claimed link up and add what was found to its message, in every tab."""
    preview = lookup.get(url)
    with db.transaction() as session:
        where = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
        if where is None:
            return
        conversation = membership.lock(session, where)
        link = session.get(MessageLink, message_id)
        message = session.get(Message, message_id)
        if link is None or message is None or link.url != url or link.preview_id is not None:
            return  # it was edited or deleted meanwhile
        if not preview.found:
            session.delete(link)
            return
        link.preview_id = preview.id
        first = sending.mark_changed(session, conversation, message)
    message_changed.send(message_id, first=first)


def give_up(message_id: str) -> None:
    """Let a message stay without a preview."""
    with db.transaction() as session:
        session.execute(delete(MessageLink).where(MessageLink.message_id == message_id))
