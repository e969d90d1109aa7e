"""Uploads that survive a lost connection: a file comes in pieces, each kept as it arrives, from where it stopped."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import func, select, update

from widget import db, storage
from widget.chat.attachments import files, receiving
from widget.chat.errors import Conflict, Throttled, Unprocessable
from widget.i18n import _, ngettext
from widget.media import inspection
from widget.models import Attachment, User

MOST_OPEN = 20
"""How many uploads one person may have under way, or done and not sent."""


def begin(user: User, name: str, size: int, most: int) -> Attachment:
    """Announce a file of `size` bytes; raises like `receiving.check_size`, and Throttled with too many under way."""
    receiving.check_size(size, most)
    with db.reading() as session:
        waiting = select(func.count()).where(Attachment.user_id == user.id, Attachment.message_id.is_(None))
        if (session.scalar(waiting) or 0) >= MOST_OPEN:
            raise Throttled(
                ngettext(
                    "%(num)s file is being uploaded already; please wait for it.",
                    "%(num)s files are being uploaded already; please wait for them.",
                    MOST_OPEN,
                )
            )
    return receiving.announce(user, name, size, most)


def get(user: User, upload_id: str) -> Attachment:
    """How far an upload has got; raises NotFound."""
    with db.reading() as session:
        return files.unsent_of(session, user, upload_id)


def append(user: User, upload_id: str, offset: int, piece: Path) -> int:
    """Add what comes at `offset`; returns how many bytes are here now. The last piece makes the file ready.

    Raises Conflict when the upload stands elsewhere, Unprocessable for more than was announced and for a file that
    is not taken (the upload is gone then).
    """
    length = piece.stat().st_size
    attachment = get(user, upload_id)
    if attachment.received != offset:
        raise Conflict(
            _("The upload has %(received)s bytes, not %(offset)s.", received=attachment.received, offset=offset)
        )
    if offset + length > attachment.size:
        raise Unprocessable(_("The file is larger than was announced."))
    if length:
        # Under a name of its own: of two that come at once for the same place, one counts and the other is waste.
        part = secrets.token_hex(8)
        storage.current().put(f"parts/{attachment.key}/{part}", piece)
        with db.transaction() as session:
            counted = session.execute(
                update(Attachment)
                .where(Attachment.id == attachment.id, Attachment.received == offset)
                .values(received=offset + length, parts=f"{attachment.parts} {part}".strip())
            )
        if counted.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(_("Another request has sent this part in the meantime."))
    if offset + length == attachment.size:
        finish(user, upload_id)
    return offset + length


def finish(user: User, upload_id: str) -> None:
    """Put the pieces of a complete upload together, if that was not done yet; raises like `append`."""
    attachment = get(user, upload_id)
    if attachment.ready or attachment.received < attachment.size:
        return
    store = storage.current()
    with receiving.temporary_folder() as folder:
        whole = folder / "whole"
        folder_of_parts = f"parts/{attachment.key}"
        try:
            pieces = (it for part in attachment.parts.split() for it in store.read(f"{folder_of_parts}/{part}"))
            receiving.spool(whole, pieces, attachment.size)
        except storage.Missing:
            if get(user, upload_id).ready:  # somebody else was quicker
                return
            raise
        receiving.complete(attachment, whole)
    store.delete_folder(folder_of_parts)


def cancel(user: User, upload_id: str) -> None:
    """Give an upload up; raises NotFound."""
    get(user, upload_id)
    files.discard(upload_id)


def add_poster(user: User, upload_id: str, image: Path) -> None:
    """Let an image stand for a video until it is played; raises NotFound, and Unprocessable when it is no image."""
    with db.reading() as session:
        attachment = files.unsent_of(session, user, upload_id)
    with receiving.temporary_folder() as folder:
        try:
            inspected = inspection.inspect(image, "poster", folder)
        except inspection.Refused as refused:
            raise Unprocessable(_(str(refused))) from None
        if inspected.kind != "image" or attachment.kind != "video" or not inspected.thumbnail:
            raise Unprocessable(_("Only a video can have a poster, and only an image can be one."))
        storage.current().put(f"{attachment.key}.webp", inspected.thumbnail)
    with db.transaction() as session:
        attachment = files.unsent_of(session, user, upload_id)
        attachment.thumbnail, attachment.placeholder = True, inspected.placeholder
        attachment.width, attachment.height = attachment.width or inspected.width, attachment.height or inspected.height
