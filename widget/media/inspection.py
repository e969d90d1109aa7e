"""Finds out what a file is, and has a child process look into it where its author may mean harm."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widget.i18n import mark
from widget.media import children
from widget.media.file_types import INLINE, kind_of
from widget.threads import run_in_thread

CHILDREN = 2
"""How many files a process looks into at once; further ones wait."""

TIMEOUT = 30
"""Seconds a child may take on a busy machine; of computing it gets few (see `child.LIMITS`)."""

FOUND = "found.json"
"""What an image is known to be before it is decoded, in the folder: still there when that has hit a limit."""

_free = threading.BoundedSemaphore(CHILDREN)

REASONS = {
    "pixels": mark("This image has too many pixels; at most 100 megapixels can be sent."),
    "image": mark("This image is damaged, or too large to be opened."),
    "archive": mark("This archive unpacks to far more than its size, so it is not accepted."),
    "page": mark("This page is too large to be read."),
    "nested": mark("Archives within archives within archives are not accepted."),
}


class Refused(Exception):
    """A file that is not taken; its text, to be translated, says why to whoever sent it."""


class Undone(Refused):
    """The child has hit a limit, or its libraries gave up: it may be harmless, or not."""


@dataclass(frozen=True)
class Inspection:
    """What was found out about a file."""

    kind: str
    """image, audio, video or file."""
    type: str
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    thumbnail: Path | None = None
    """A small WebP of it; none of what moves, and of what could not be decoded."""
    instead: Path | None = None
    """What is to be kept in place of the file: the same without what it says of its author and place, or converted."""
    ending: str | None = None
    """What the name ends with from now on, when it was converted to another format."""


def inspect(file: Path, name: str, folder: Path) -> Inspection:
    """Find out what `file` is, with `name` as a hint where its bytes leave a choice; new files go into `folder`.

    Images and archives are looked into by a child process with narrow limits, since their authors may mean harm.
    Raises Refused for what is built to exhaust whoever opens it. An image that cannot be decoded is sent all the same:
    without a thumbnail, or, when not even its size is known, as a file.
    """
    kind, mime = run_in_thread(kind_of, file, name)
    if kind == "image":
        return _image(file, mime, folder)
    if mime in ("application/zip", "application/gzip", "application/x-bzip2", "application/x-xz"):
        ask("archive", file, folder)
    return Inspection(kind, mime)


def _image(file: Path, mime: str, folder: Path) -> Inspection:
    thumbnail, instead, known = folder / "thumbnail.webp", folder / "instead", folder / FOUND
    try:
        facts = ask("image", file, folder)
    except Undone:
        if not known.exists():
            return Inspection("file", "application/octet-stream" if mime in INLINE else mime)
        facts = json.loads(known.read_text())
        thumbnail.unlink(missing_ok=True)  # perhaps half of it
    if facts["type"] == "image/tiff":  # the file as it was, which browsers do not show
        return Inspection("file", "image/tiff", thumbnail=thumbnail if thumbnail.exists() else None)
    return Inspection(
        "image",
        facts["type"],
        facts["width"],
        facts["height"],
        facts.get("placeholder"),
        thumbnail if thumbnail.exists() else None,
        instead if instead.exists() else None,
        facts.get("ending"),
    )


def ask(task: str, file: Path, folder: Path, *options: str) -> dict[str, Any]:
    """Have a child process do one of its tasks; raises Undone when that exceeds its limits, and Refused."""
    args = (task, str(file.absolute()), str(folder.absolute()), *options)
    with _free:
        try:
            printed = children.run_module("widget.media.child", *args, seconds=TIMEOUT)
            answer: dict[str, Any] = json.loads(printed)
        except (children.Unfinished, ValueError):  # it hit a limit, or its libraries gave up
            raise Undone(REASONS[task]) from None
    if "refused" in answer:
        raise Refused(REASONS[answer["refused"]])
    return answer
