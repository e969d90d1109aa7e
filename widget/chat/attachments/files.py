"""Files that messages carry: how one gets into a message and out of it, where it is fetched, and when it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from widget import db, signing, storage
from widget.chat.errors import Expired, NotFound, Unprocessable
from widget.i18n import _
from widget.models import Attachment, Message, User, now

UNSENT = timedelta(hours=24)
"""How long a file that was uploaded waits to be sent."""

SHOWN_FOR = timedelta(hours=24)
"""How long an address in a message holds, at least; a page that is older asks for fresh ones."""


@dataclass(frozen=True)
class Measurements:
    """What a browser has measured of audio or video, and this server cannot: it does not decode them."""

    width: int | None = None
    height: int | None = None
    duration: int | None = None
    """In milliseconds."""
    waveform: str | None = None


def unsent_of(session: Session, user: User, upload_id: str) -> Attachment:
    """A file that `user` has uploaded, or is uploading, and not sent yet; raises NotFound."""
    attachment = session.get(Attachment, upload_id, with_for_update=True)
    unsent = attachment is not None and attachment.message_id is None and attachment.user_id == user.id
    if attachment is None or not unsent or (attachment.expires_at or now()) <= now():
        raise NotFound(_("There is no such upload."))
    return attachment


def attach(session: Session, user: User, message: Message, upload_id: str, measured: Measurements) -> None:
    """Let a message carry a file of `user` that is ready; raises Unprocessable for any other."""
    try:
        attachment = unsent_of(session, user, upload_id)
    except NotFound:
        raise Unprocessable(_("The file of this message is not there any more; please send it again.")) from None
    if not attachment.ready:
        raise Unprocessable(_("The file of this message has not arrived completely yet."))
    if attachment.kind in ("audio", "video"):
        attachment.duration, attachment.waveform = (
            measured.duration,
            measured.waveform if attachment.kind == "audio" else None,
        )
    if attachment.kind == "video":
        attachment.width, attachment.height = measured.width or attachment.width, measured.height or attachment.height
    attachment.expires_at = None
    message.kind = attachment.kind
    message.attachment = attachment


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
        attachment = session.get(Attachment, upload_id, with_for_update=True)
        if attachment is not None and attachment.message_id is None:
            attachment.expires_at = now()


def delete_expired(limit: int = 20) -> int:
    """Throw away up to `limit` files that are in no message and have expired; returns how many.

    Any process may do it at any time. Raises storage.Unreachable; what is left then is thrown away another time.
    """
    with db.reading() as session:
        expired = select(Attachment).where(Attachment.message_id.is_(None), Attachment.expires_at <= now())
        waste = list(session.scalars(expired.limit(limit)))
    for attachment in waste:
        with db.reading() as session:
            others = (
                select(Attachment.id).where(Attachment.key == attachment.key, Attachment.id != attachment.id).limit(1)
            )
            shared = session.scalar(others) is not None
        if not shared:
            store = storage.current()
            for key in (attachment.key, f"{attachment.key}.webp"):
                store.delete(key)
            store.delete_folder(f"parts/{attachment.key}")
        with db.transaction() as session:
            left = session.get(Attachment, attachment.id)
            if left is not None:
                session.delete(left)
    return len(waste)


def signed_path(attachment: Attachment, thumbnail: bool = False, lifetime: timedelta = SHOWN_FOR) -> str:
    """The path at which a file, or its thumbnail, can be fetched by whoever knows it, for at least `lifetime`.

    It needs no cookie and no token. For somebody outside (an agent's app) put the address of this server in front
    of it and choose a longer `lifetime`; it opens nothing any more once its message is deleted.
    """
    what = f"{attachment.id}.webp" if thumbnail else attachment.id
    expires = signing.expiry(lifetime)
    name = "thumbnail.webp" if thumbnail else quote(attachment.name, safe="")
    return f"/files/{what}/{expires}/{signing.sign(what, expires)}/{name}"


def by_address(what: str, expires: int, signature: str) -> Attachment:
    """The file whose address this is; raises NotFound for one that was made up, or is gone, and Expired."""
    if not signing.holds(what, expires, signature):
        raise NotFound(_("There is nothing at this address."))
    if now().timestamp() > expires:
        raise Expired(_("This address is no longer valid; the conversation has a new one."))
    with db.reading() as session:
        attachment = session.get(Attachment, what[:16], options=[joinedload(Attachment.message)])
    if attachment is None or not attachment.ready or attachment.message_id is None:
        raise NotFound(_("This file was deleted."))
    return attachment
