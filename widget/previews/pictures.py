"""Pictures of people and groups, whose addresses anybody may give: fetched, checked and kept by us, so that nobody who
sees one asks a stranger's server for it."""

from __future__ import annotations

import hashlib
import logging
import time
from urllib.parse import quote

from sqlalchemy import select

from widget import db, signing, storage
from widget.chat.attachments import files, receiving
from widget.chat.errors import NotFound
from widget.fetch import Unfetched
from widget.i18n import _
from widget.media import inspection
from widget.models import Conversation, User
from widget.previews import metadata

AGAIN_AFTER = 600
"""Seconds before an address that had no picture is asked again."""

MOST_FAILED = 1000

_log = logging.getLogger(__name__)

_failed: dict[str, float] = {}
"""Addresses that had no picture, in this process, and when (monotonic)."""


def path(url: str) -> str:
    """The path at which a small copy of the picture at `url` can be fetched for a day."""
    expires = signing.expiry(files.SHOWN_FOR)
    return f"/files/picture/{expires}/{signing.sign(f'picture:{url}', expires)}?url={quote(url, safe='')}"


def key(url: str) -> str:
    """What the storage knows the small copy by."""
    return f"pictures/{hashlib.sha256(url.encode()).hexdigest()}.webp"


def fetch(url: str) -> None:
    """Fetch the picture and keep a small copy of it, as WebP; raises NotFound when there is none that can be taken."""
    if time.monotonic() - _failed.get(url, -AGAIN_AFTER) < AGAIN_AFTER:
        raise NotFound(_("This image is gone."))
    try:
        with receiving.temporary_folder() as folder:
            file = folder / "image"
            metadata.fetch_image(url, file, metadata.SECONDS)
            image = inspection.inspect(file, "image", folder)
            if image.kind != "image" or image.thumbnail is None:
                raise inspection.Refused
            storage.current().put(key(url), image.thumbnail)
    except (Unfetched, inspection.Refused):
        if len(_failed) >= MOST_FAILED:
            _failed.clear()
        _failed[url] = time.monotonic()
        raise NotFound(_("This image is gone.")) from None


def pictures_dropped(pictures: set[str]) -> None:
    """Forget the copies of pictures that nobody else has."""
    for url in pictures:
        with db.reading() as session:
            users = select(User.id).where(User.picture == url).limit(1)
            groups = select(Conversation.id).where(Conversation.picture == url).limit(1)
            used = session.scalar(users) or session.scalar(groups)
        try:
            if not used:
                storage.current().delete(key(url))
        except storage.Unreachable as error:
            _log.warning("the copy of a picture could not be deleted: %s", error)
