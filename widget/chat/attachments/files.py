"""Files that messages carry: how one is taken in, what is made of it, where it can be fetched, and when it goes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from widget import db, fetch, signing, storage
from widget.chat.errors import Expired, NotFound, TooLarge, Unprocessable
from widget.i18n import _, number
from widget.media import inspection
from widget.models import Attachment, Message, User, now
from widget.text import clean
from widget.threads import run_in_thread

UNSENT = timedelta(hours=24)
"""How long a file that was uploaded waits to be sent."""

SHOWN_FOR = timedelta(hours=24)
"""How long an address in a message holds, at least; a page that is older asks for fresh ones."""


@dataclass(frozen=True)
class MediaFacts:
    """What a browser knows of a sound or a film and this server does not: it plays them, we only keep them."""

    width: int | None = None
    height: int | None = None
    duration: int | None = None
    """In milliseconds."""
    waveform: str | None = None


def check_size(size: int, most: int) -> None:
    """Raise Unprocessable for an empty file, TooLarge for one of more than `most` bytes."""
    if size <= 0:
        raise Unprocessable(_("This file is empty."))
    if size > most:
        raise TooLarge(
            _(
                "A file may have %(most)s MB at most; this one has %(size)s MB.",
                most=number(most // 1024**2),
                size=number(-(-size // 1024**2)),
            )
        )


def store(user: User, file: Path, name: str, most: int) -> Attachment:
    """Take in a whole file of at most `most` bytes, ready to be sent by `user`.

    Raises like `check_size`, and Unprocessable for a file that is not taken (see `media`). Nothing is kept then.
    """
    size = file.stat().st_size
    check_size(size, most)
    # The row comes first: whatever becomes of this process, what is in the storage will be found and thrown away.
    kept = register(user, name, size)
    return make_ready(kept, file)


def store_from_url(user: User, url: str, most: int, seconds: float, name: str | None = None) -> Attachment:
    """Fetch a file from elsewhere (an agent's app has put it there, say) and take it in as if `user` had uploaded it.

    The address must be a public one, like those of previews, and answer within `seconds` in all. Raises Unprocessable
    when it cannot be fetched, and otherwise like `store`. Send it with `messages.send(…, upload=<its id>)`.
    """
    with temporary_folder() as folder:
        target = folder / "fetched"
        try:
            final = fetch.download(url, target, most, seconds)
        except fetch.TooMuch:
            raise TooLarge(
                _("A file may have %(most)s MB at most; this one has more.", most=number(most // 1024**2))
            ) from None
        except fetch.Unfetched as error:
            raise Unprocessable(_("The file could not be fetched: %(reason)s", reason=error)) from None
        return store(user, target, name or PurePosixPath(final.partition("?")[0]).name, most)


def register(user: User, name: str, size: int) -> Attachment:
    """Note that a file will come."""
    kept = Attachment(user_id=user.id, name=clean.file_name(name), size=size, expires_at=now() + UNSENT)
    with db.transaction() as session:
        session.add(kept)
    return kept


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for as long as something is made of a file."""
    with tempfile.TemporaryDirectory(prefix="chat-file-") as folder:
        yield Path(folder)


def make_ready(kept: Attachment, file: Path) -> Attachment:
    """Look at a complete file, keep it and what was made of it; raises Unprocessable, and then forgets the file."""
    with temporary_folder() as folder:
        try:
            found = inspection.inspect(file, kept.name, folder)
        except inspection.Refused as refused:
            discard(kept.id)
            raise Unprocessable(_(str(refused))) from None
        place = storage.current()
        place.put(kept.key, found.instead or file)
        if found.thumbnail:
            place.put(f"{kept.key}.webp", found.thumbnail)
        size = (found.instead or file).stat().st_size
    with db.transaction() as session:
        kept = session.get_one(Attachment, kept.id, with_for_update=True)
        kept.kind, kept.type, kept.size, kept.received = found.kind, found.type, size, size
        if found.ending:
            kept.name = clean.file_name(PurePosixPath(kept.name).stem + found.ending)
        kept.width, kept.height = found.width, found.height
        kept.placeholder, kept.thumbnail = found.placeholder, found.thumbnail is not None
        kept.parts, kept.ready = "", True
    return kept


def unsent_of(session: Session, user: User, upload_id: str) -> Attachment:
    """A file that `user` has uploaded, or is uploading, and not sent yet; raises NotFound."""
    kept = session.get(Attachment, upload_id, with_for_update=True)
    if kept is None or kept.user_id != user.id or kept.message_id is not None or kept.expires_at <= now():  # type: ignore[operator]
        raise NotFound(_("There is no such upload."))
    return kept


def add_poster(user: User, upload_id: str, picture: Path) -> None:
    """Let a picture stand for a film until it is played; raises NotFound, and Unprocessable when it is no picture."""
    with db.reading() as session:
        kept = unsent_of(session, user, upload_id)
    with temporary_folder() as folder:
        try:
            found = inspection.inspect(picture, "poster", folder)
        except inspection.Refused as refused:
            raise Unprocessable(_(str(refused))) from None
        if found.kind != "image" or kept.kind != "video" or not found.thumbnail:
            raise Unprocessable(_("Only a video can have a poster, and only an image can be one."))
        storage.current().put(f"{kept.key}.webp", found.thumbnail)
    with db.transaction() as session:
        kept = unsent_of(session, user, upload_id)
        kept.thumbnail, kept.placeholder = True, found.placeholder
        kept.width, kept.height = kept.width or found.width, kept.height or found.height


def attach(session: Session, user: User, message: Message, upload_id: str, facts: MediaFacts) -> None:
    """Let a message carry a file of `user` that is ready; raises Unprocessable for any other."""
    try:
        kept = unsent_of(session, user, upload_id)
    except NotFound:
        raise Unprocessable(_("The file of this message is not there any more; please send it again.")) from None
    if not kept.ready:
        raise Unprocessable(_("The file of this message has not arrived completely yet."))
    if kept.kind in ("audio", "video"):
        kept.duration, kept.waveform = facts.duration, facts.waveform if kept.kind == "audio" else None
    if kept.kind == "video":
        kept.width, kept.height = facts.width or kept.width, facts.height or kept.height
    kept.expires_at = None
    message.kind = kept.kind
    message.attachment = kept


def attach_copy(session: Session, user: User, message: Message, original: Message) -> None:
    """Let a message carry the same file as another one; nothing happens when that has none any more."""
    source = session.scalar(select(Attachment).where(Attachment.message_id == original.id).with_for_update())
    if source is None:
        return
    same = ("key", "name", "size", "received", "kind", "type", "width", "height", "duration", "waveform")
    values = {name: getattr(source, name) for name in (*same, "thumbnail", "placeholder")}
    message.kind = source.kind
    message.attachment = Attachment(user_id=user.id, ready=True, **values)


def detach(session: Session, message: Message) -> None:
    """Take the file out of a message that is being deleted, so that `collect` throws it away."""
    if message.attachment is not None:
        message.attachment.expires_at = now()
        message.attachment = None


def discard(upload_id: str) -> None:
    """Let `collect` throw a file away; nothing happens when it is in a message, or not there."""
    with db.transaction() as session:
        kept = session.get(Attachment, upload_id, with_for_update=True)
        if kept is not None and kept.message_id is None:
            kept.expires_at = now()


def delete_expired(limit: int = 20) -> int:
    """Throw away up to `limit` files that are in no message and have expired; returns how many.

    Any process may do it at any time. Raises storage.Unreachable; what is left then is thrown away another time.
    """
    with db.reading() as session:
        expired = select(Attachment).where(Attachment.message_id.is_(None), Attachment.expires_at <= now())
        waste = list(session.scalars(expired.limit(limit)))
    for kept in waste:
        with db.reading() as session:
            others = select(Attachment.id).where(Attachment.key == kept.key, Attachment.id != kept.id).limit(1)
            shared = session.scalar(others) is not None
        if not shared:
            place = storage.current()
            for key in (kept.key, f"{kept.key}.webp"):
                place.delete(key)
            place.delete_folder(f"parts/{kept.key}")
        with db.transaction() as session:
            left = session.get(Attachment, kept.id)
            if left is not None:
                session.delete(left)
    return len(waste)


def signed_path(kept: Attachment, thumbnail: bool = False, lifetime: timedelta = SHOWN_FOR) -> str:
    """The path at which a file, or its thumbnail, can be fetched by whoever knows it, for at least `lifetime`.

    It needs no cookie and no token. For somebody outside (an agent's app) put the address of this server in front
    of it and choose a longer `lifetime`; it opens nothing any more once its message is deleted.
    """
    what = f"{kept.id}.webp" if thumbnail else kept.id
    expires = signing.expiry(lifetime)
    name = "thumbnail.webp" if thumbnail else quote(kept.name, safe="")
    return f"/files/{what}/{expires}/{signing.sign(what, expires)}/{name}"


def by_address(what: str, expires: int, signature: str) -> Attachment:
    """The file whose address this is; raises NotFound for one that was made up, or is gone, and Expired."""
    if not signing.holds(what, expires, signature):
        raise NotFound(_("There is nothing at this address."))
    if now().timestamp() > expires:
        raise Expired(_("This address is no longer valid; the conversation has a new one."))
    with db.reading() as session:
        kept = session.get(Attachment, what[:16], options=[joinedload(Attachment.message)])
    if kept is None or not kept.ready or kept.message_id is None:
        raise NotFound(_("This file was deleted."))
    return kept


def spool(target: Path, pieces: Iterator[bytes], most: int) -> int:
    """Write what comes into a file; returns how many bytes. Stops with TooLarge above `most` bytes."""
    size = 0
    with target.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            check_size(max(size, 1), most)
            run_in_thread(file.write, piece)
    return size
