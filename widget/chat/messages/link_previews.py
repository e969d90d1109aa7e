"""The preview of a message's first link: what is known of the page is shown at once, the rest is looked up later."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget.models import Message, MessageLink, Preview, now
from widget.text import richtext

MAX_AGE = timedelta(days=1)
"""For how long what a page tells of itself is used."""

RETRY = timedelta(minutes=10)
"""When a page that had no preview, or could not be reached, is asked again."""


def link_in(body: str) -> str | None:
    """The first link of a text that leads to the web, as it is live in the message."""
    # Most messages have none, and reading their Markdown takes longer than all else that is done about it.
    return richtext.first_link(body) if "." in body or ":" in body else None


def cached(session: Session, url: str) -> Preview | None:
    """What was found out about a page not long ago, be it that there is nothing to show."""
    newest = select(Preview).where(Preview.url_hash == url_hash(url)).order_by(Preview.fetched_at.desc()).limit(1)
    preview = session.scalar(newest)
    if preview is None or now() - preview.fetched_at > (MAX_AGE if preview.found else RETRY):
        return None
    return preview


def attach_preview(session: Session, message: Message, wanted: bool) -> None:
    """Let a message have the preview of its first link, or none; what is not known yet is looked up afterwards."""
    url = link_in(message.body) if wanted else None
    if message.link is not None and message.link.url != url:
        session.execute(delete(MessageLink).where(MessageLink.message_id == message.id))
        session.expunge(message.link)
        set_committed_value(message, "link", None)
    if url is None or message.link is not None:
        return
    preview = cached(session, url)
    if preview is None or preview.found:
        message.link = MessageLink(message_id=message.id, url=url, preview=preview)


def url_hash(url: str) -> str:
    """The SHA-256 of an address, which may be longer than an index takes."""
    return hashlib.sha256(url.encode()).hexdigest()
