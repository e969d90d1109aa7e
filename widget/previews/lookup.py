"""Previews of links: looked up once for everybody, while the link is typed or after it is sent, and shown with it."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from widget import db, signing, storage
from widget.chat.attachments import files
from widget.chat.messages import link_previews
from widget.fetch import Unfetched
from widget.media import inspection
from widget.models import MessageLink, Preview, now
from widget.previews import metadata
from widget.threads import run_in_thread


def get(url: str) -> Preview:
    """The preview of a page: a recent one, else the page is asked, which takes up to six seconds."""
    with db.reading() as session:
        found = link_previews.cached(session, url)
    if found is not None:
        return found
    fetched = Preview(url=url, url_hash=link_previews.url_hash(url), id=secrets.token_hex(8))
    try:
        said = metadata.fetch_metadata(url)
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
    with files.temporary_folder() as folder:
        picture = folder / "picture"
        try:
            run_in_thread(picture.write_bytes, metadata.fetch_image(url))
            found = inspection.inspect(picture, "picture", folder)
        except (Unfetched, inspection.Refused):
            return
        shown = found.thumbnail
        if shown is None or found.kind != "image":
            return
        preview.key = secrets.token_hex(20)
        preview.width, preview.height, preview.placeholder = found.width, found.height, found.placeholder
        storage.current().put(preview.key, shown)


def image_path(preview: Preview) -> str | None:
    """The path at which the picture of a preview can be fetched for a day; None when it has none."""
    if not preview.key:
        return None
    expires = signing.expiry(files.SHOWN_FOR)
    return f"/files/preview/{preview.id}/{expires}/{signing.sign(f'preview:{preview.id}', expires)}"


def image_key(preview_id: str) -> str | None:
    """What the storage knows the picture of a preview by."""
    with db.reading() as session:
        return session.scalar(select(Preview.key).where(Preview.id == preview_id))


def delete_expired(limit: int = 100) -> None:
    """Throw away previews that are not fresh any more and in no message."""
    used = select(MessageLink.preview_id).where(MessageLink.preview_id == Preview.id).exists()
    with db.reading() as session:
        old = list(
            session.scalars(select(Preview).where(Preview.fetched_at < now() - link_previews.FRESH, ~used).limit(limit))
        )
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
