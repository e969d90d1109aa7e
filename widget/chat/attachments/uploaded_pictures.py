"""Pictures of the team and its people, uploaded by them: small copies, at an address that anybody may have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from widget import storage
from widget.chat.attachments import receiving
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.media import inspection
from widget.threads import run_in_thread

PATH = "/pictures/"

MOST = 10 * 1024 * 1024
"""Bytes of a picture as it comes."""


def keep(pieces: Iterator[bytes]) -> str:
    """Take a picture in; returns the path of its small copy, which is the same for the same picture.

    Raises Unprocessable for what is no picture that can be shown, TooLarge for one of more than MOST bytes.
    """
    with receiving.temporary_folder() as folder:
        file = folder / "picture"
        receiving.spool(file, pieces, MOST)
        try:
            found = inspection.inspect(file, "picture", folder)
        except inspection.Refused as refused:
            raise Unprocessable(_(str(refused))) from None
        if found.kind != "image" or found.thumbnail is None:
            raise Unprocessable(_("This is no picture that can be shown; take a JPEG, PNG or WebP."))
        name = hashlib.sha256(run_in_thread(found.thumbnail.read_bytes)).hexdigest()[:32]
        storage.current().put(key(name), found.thumbnail)
    return f"{PATH}{name}.webp"


def key(name: str) -> str:
    """What the storage knows it by."""
    return f"uploaded-pictures/{name}.webp"
