"""Links that were sent before anybody knew what they lead to: each is fetched once, and its message has a preview."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update

from widget import db
from widget.chat.conversations import membership
from widget.chat.events import message_changed
from widget.chat.messages import sending
from widget.models import Message, MessageLink, now
from widget.previews import lookup
from widget.text import addresses

CLAIM = timedelta(seconds=30)
"""After this a process that wanted to fetch a page has died over it."""

ATTEMPTS = 3
"""How often that may happen with a link. Each is counted before it begins, so that it counts when it ends badly."""

_log = logging.getLogger(__name__)


def claim(limit: int = 4) -> list[tuple[str, str]]:
    """Links that wait for their preview, as (message id, address); nobody else gets the same for a while."""
    free: ColumnElement[bool] = or_(MessageLink.claimed_at.is_(None), MessageLink.claimed_at < now() - CLAIM)
    with db.reading() as session:
        waiting = select(MessageLink).where(MessageLink.preview_id.is_(None), free)
        links = list(session.scalars(waiting.order_by(MessageLink.created_at).limit(limit)))
    claimed = []
    for link in links:
        if link.attempts >= ATTEMPTS:
            _log.warning("a page of %s is given up: it was begun %d times", addresses.host(link.url), link.attempts)
            give_up(link.message_id)
            continue
        with db.transaction() as session:
            which = (MessageLink.message_id == link.message_id, MessageLink.preview_id.is_(None), free)
            values = {"claimed_at": now(), "attempts": MessageLink.attempts + 1}
            changed = session.execute(update(MessageLink).where(*which).values(values))
        if changed.rowcount == 1:  # type: ignore[attr-defined]
            claimed.append((link.message_id, link.url))
    return claimed


def complete(message_id: str, url: str) -> None:
    """Fetch the page of a claimed link and add its preview to the message, in every tab."""
    preview = lookup.get(url)
    with db.transaction() as session:
        conversation_id = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
        if conversation_id is None:
            return
        conversation = membership.lock(session, conversation_id)
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
