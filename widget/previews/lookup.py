"""Previews of links: fetched once for everybody, while the link is typed or after it is sent, and shown with it."""

from __future__ import annotations

import secrets
import time

from sqlalchemy import select

from widget import db, signing, storage
from widget.chat.attachments import files, receiving
from widget.chat.messages import link_previews
from widget.fetch import Unfetched
from widget.media import inspection
from widget.models import MessageLink, Preview, now
from widget.previews import metadata


def get(url: str) -> Preview:
    """The preview of a page: a recent one, else the page is fetched, which takes up to ten seconds."""
    with db.reading() as session:
        known = link_previews.cached(session, url)
    if known is not None:
        return known
    preview = Preview(url=url, url_hash=link_previews.url_hash(url), id=secrets.token_hex(8))
    try:
        with receiving.temporary_folder() as folder:
            page = metadata.fetch_metadata(url, folder)
    except Unfetched:
        page = None
    if page is not None:
        preview.found = True
        preview.title, preview.description, preview.site = page.title, page.description, page.site
        _keep_image(preview, page.images)
    with db.transaction() as session:
        session.add(preview)
    return preview


def _keep_image(preview: Preview, urls: tuple[str, ...]) -> None:
    """Keep a small copy of the first image that can be had: who sees the preview asks the page's server for nothing."""
    ends = time.monotonic() + metadata.ALL_SECONDS
    for url in urls:
        left = min(metadata.SECONDS, ends - time.monotonic())
        with receiving.temporary_folder() as folder:
            file = folder / "image"
            try:
                metadata.fetch_image(url, file, left)
                image = inspection.inspect(file, "image", folder)
            except (Unfetched, inspection.Refused):
                continue
            if image.kind != "image" or image.thumbnail is None:
                continue
            preview.key = secrets.token_hex(20)
            preview.width, preview.height, preview.placeholder = image.width, image.height, image.placeholder
            storage.current().put(preview.key, image.thumbnail)
            return


def image_path(preview: Preview) -> str | None:
    """The path at which the image of a preview can be fetched for a day; None when it has none."""
    if not preview.key:
        return None
    expires = signing.expiry(files.SHOWN_FOR)
    return f"/files/preview/{preview.id}/{expires}/{signing.sign(f'preview:{preview.id}', expires)}"


def image_key(preview_id: str) -> str | None:
    """The key of a preview's image in the storage."""
    with db.reading() as session:
        return session.scalar(select(Preview.key).where(Preview.id == preview_id))


def delete_expired(limit: int = 100) -> None:
    """Throw away previews that are not fresh any more and in no message."""
    used = select(MessageLink.preview_id).where(MessageLink.preview_id == Preview.id).exists()
    with db.reading() as session:
        old = list(
            session.scalars(
                select(Preview).where(Preview.fetched_at < now() - link_previews.MAX_AGE, ~used).limit(limit)
            )
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
