"""The one way in for files: whole with a message, in pieces by tus, or fetched from where an agent's app has put it.

Each is announced, which makes its row, and completed once all of it is here; only what is complete can be sent.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from widget import db, fetch, storage
from widget.chat.attachments import files
from widget.chat.errors import TooLarge, Unprocessable
from widget.i18n import _, number
from widget.media import inspection
from widget.models import Attachment, User, now
from widget.text import clean
from widget.threads import run_in_thread


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


def announce(user: User, name: str, size: int, most: int) -> Attachment:
    """Note that a file of `size` bytes, at most `most`, will come; raises like `check_size`.

    The row comes first: whatever becomes of this process, what is in the storage will be found and thrown away.
    """
    check_size(size, most)
    attachment = Attachment(user_id=user.id, name=clean.file_name(name), size=size, expires_at=now() + files.UNSENT)
    with db.transaction() as session:
        session.add(attachment)
    return attachment


def complete(attachment: Attachment, file: Path) -> Attachment:
    """Inspect a file that is here whole, and store it with what was made of it.

    Raises Unprocessable for what is not taken (see `media`), and then forgets the file.
    """
    with temporary_folder() as folder:
        try:
            inspected = inspection.inspect(file, attachment.name, folder)
        except inspection.Refused as refused:
            files.discard(attachment.id)
            raise Unprocessable(_(str(refused))) from None
        store = storage.current()
        store.put(attachment.key, inspected.instead or file)
        if inspected.thumbnail:
            store.put(f"{attachment.key}.webp", inspected.thumbnail)
        size = (inspected.instead or file).stat().st_size
    with db.transaction() as session:
        attachment = session.get_one(Attachment, attachment.id, with_for_update=True)
        attachment.kind, attachment.type = inspected.kind, inspected.type
        attachment.size = attachment.received = size
        if inspected.ending:
            attachment.name = clean.file_name(PurePosixPath(attachment.name).stem + inspected.ending)
        attachment.width, attachment.height = inspected.width, inspected.height
        attachment.placeholder, attachment.thumbnail = inspected.placeholder, inspected.thumbnail is not None
        attachment.parts, attachment.ready = "", True
    return attachment


def receive(user: User, file: Path, name: str, most: int) -> Attachment:
    """Take in a file that is here whole, ready to be sent by `user`; raises like `announce` and `complete`."""
    return complete(announce(user, name, file.stat().st_size, most), file)


def receive_pieces(user: User, pieces: Iterator[bytes], name: str, most: int) -> Attachment:
    """The same for a file that comes within a request."""
    with temporary_folder() as folder:
        spool(folder / "file", pieces, most)
        return receive(user, folder / "file", name, most)


def receive_from_url(user: User, url: str, most: int, seconds: float, name: str | None = None) -> Attachment:
    """Fetch a file from elsewhere (an agent's app has put it there, say) and take it in as if `user` had uploaded it.

    The address must be a public one, like those of previews, and answer within `seconds` in all. Raises Unprocessable
    when it cannot be fetched, and otherwise like `receive`. Send it with `messages.send(…, upload=<its id>)`.
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
        return receive(user, target, name or PurePosixPath(final.partition("?")[0]).name, most)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for as long as something is made of a file."""
    with tempfile.TemporaryDirectory(prefix="chat-file-") as folder:
        yield Path(folder)


def spool(target: Path, pieces: Iterator[bytes], most: int) -> int:
    """Write pieces into a file; returns how many bytes. Stops with TooLarge above `most` bytes."""
    size = 0
    with target.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            check_size(max(size, 1), most)
            run_in_thread(file.write, piece)
    return size
