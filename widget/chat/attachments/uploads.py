"""Uploads that survive a lost connection: a file comes in pieces, each kept as it arrives, from where it stopped."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import func, select, update

from widget import db, storage
from widget.chat.attachments import files
from widget.chat.errors import Conflict, Throttled, Unprocessable
from widget.i18n import _, ngettext
from widget.models import Attachment, User

MOST_OPEN = 20
"""How many uploads one person may have under way, or done and not sent."""


def begin(user: User, name: str, size: int, most: int) -> Attachment:
    """Announce a file of `size` bytes; raises like `files.check_size`, and Throttled with too many under way."""
    files.check_size(size, most)
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
    return files.register(user, name, size)


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
    kept = get(user, upload_id)
    if kept.received != offset:
        raise Conflict(_("The upload has %(received)s bytes, not %(offset)s.", received=kept.received, offset=offset))
    if offset + length > kept.size:
        raise Unprocessable(_("The file is larger than was announced."))
    if length:
        # Under a name of its own: of two that come at once for the same place, one counts and the other is waste.
        part = secrets.token_hex(8)
        storage.current().put(f"parts/{kept.key}/{part}", piece)
        with db.transaction() as session:
            counted = session.execute(
                update(Attachment)
                .where(Attachment.id == kept.id, Attachment.received == offset)
                .values(received=offset + length, parts=f"{kept.parts} {part}".strip())
            )
        if counted.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(_("Another request has sent this part in the meantime."))
    if offset + length == kept.size:
        finish(user, upload_id)
    return offset + length


def finish(user: User, upload_id: str) -> None:
    """Put the pieces of a complete upload together, if that was not done yet; raises like `append`."""
    kept = get(user, upload_id)
    if kept.ready or kept.received < kept.size:
        return
    place = storage.current()
    with files.temporary_folder() as folder:
        whole = folder / "whole"
        folder_of_parts = f"parts/{kept.key}"
        try:
            pieces = (it for part in kept.parts.split() for it in place.read(f"{folder_of_parts}/{part}"))
            files.spool(whole, pieces, kept.size)
        except storage.Missing:
            if get(user, upload_id).ready:  # somebody else was quicker
                return
            raise
        files.make_ready(kept, whole)
    place.delete_folder(folder_of_parts)


def cancel(user: User, upload_id: str) -> None:
    """Give an upload up; raises NotFound."""
    get(user, upload_id)
    files.discard(upload_id)
