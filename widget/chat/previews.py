"""Previews of links: looked up once for everybody, while the link is typed or after it is sent, and shown with it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget import db, richtext, signing, storage
from widget.aside import aside
from widget.chat import files, pages
from widget.chat.fetching import Unfetched
from widget.media import looking
from widget.models import Message, MessageLink, Preview, now

FRESH = timedelta(days=1)
"""For how long a page is taken to say what it said."""

RETRY = timedelta(minutes=10)
"""When a page that said nothing, or could not be reached, is asked again."""


def link_in(body: str) -> str | None:
    """The first link of a text that leads to the web, as it is live in the message."""
    return richtext.first_link(body)


def known(session: Session, url: str) -> Preview | None:
    """What was found out about a page not long ago, be it that there is nothing to show."""
    newest = select(Preview).where(Preview.url_hash == _hash(url)).order_by(Preview.fetched_at.desc()).limit(1)
    found = session.scalar(newest)
    if found is None or now() - found.fetched_at > (FRESH if found.found else RETRY):
        return None
    return found


def look(url: str) -> Preview:
    """The preview of a page: a recent one, else the page is asked, which takes up to six seconds."""
    with db.reading() as session:
        found = known(session, url)
    if found is not None:
        return found
    fetched = Preview(url=url, url_hash=_hash(url), id=secrets.token_hex(8))
    try:
        said = pages.ask(url)
    except Unfetched:
        said = None
    if said is not None:
        fetched.found = True
        fetched.title, fetched.description, fetched.site = said.title, said.description, said.site
        if said.image:
            _keep_picture(fetched, said.image)
    with db.transaction() as session:
        session.add(fetched)
    return fetched


def _keep_picture(preview: Preview, url: str) -> None:
    """Keep a small copy of the page's picture: nobody who sees the preview asks the page's server for anything."""
    with files.workshop() as folder:
        picture = folder / "picture"
        try:
            aside(picture.write_bytes, pages.picture(url))
            found = looking.look(picture, "picture", folder)
        except (Unfetched, looking.Refused):
            return
        shown = found.thumbnail
        if shown is None or found.kind != "image":
            return
        preview.key = secrets.token_hex(20)
        preview.width, preview.height, preview.placeholder = found.width, found.height, found.placeholder
        storage.current().put(preview.key, shown)


def follow(session: Session, message: Message, wanted: bool) -> None:
    """Let a message have the preview of its first link, or none; what is not known yet is looked up afterwards."""
    url = link_in(message.body) if wanted else None
    if message.link is not None and message.link.url != url:
        session.execute(delete(MessageLink).where(MessageLink.message_id == message.id))
        session.expunge(message.link)
        set_committed_value(message, "link", None)
    if url is None or message.link is not None:
        return
    preview = known(session, url)
    if preview is None or preview.found:
        message.link = MessageLink(message_id=message.id, url=url, preview=preview)


def address(preview: Preview) -> str | None:
    """The path at which the picture of a preview can be fetched for a day; None when it has none."""
    if not preview.key:
        return None
    expires = signing.expiry(files.SHOWN_FOR)
    return f"/files/preview/{preview.id}/{expires}/{signing.sign(f'preview:{preview.id}', expires)}"


def picture_of(preview_id: str) -> str | None:
    """What the storage knows the picture of a preview by."""
    with db.reading() as session:
        return session.scalar(select(Preview.key).where(Preview.id == preview_id))


def collect(limit: int = 100) -> None:
    """Throw away previews that are not fresh any more and in no message."""
    used = select(MessageLink.preview_id).where(MessageLink.preview_id == Preview.id).exists()
    with db.reading() as session:
        old = list(session.scalars(select(Preview).where(Preview.fetched_at < now() - FRESH, ~used).limit(limit)))
    for preview in old:
        if preview.key:
            storage.current().delete(preview.key)
        with db.transaction() as session:
            left = session.get(Preview, preview.id)
            still_used = session.scalar(
                select(MessageLink.message_id).where(MessageLink.preview_id == preview.id).limit(1)
            )
            if left is not None and still_used is None:
                session.delete(left)


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
