"""Finds out what a file is, and has a child process look into it where its author may mean harm."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from widget.i18n import mark
from widget.media.file_types import kind_of
from widget.settings import ROOT
from widget.threads import run_in_thread

CHILDREN = 2
"""How many files a process looks into at once; further ones wait."""

TIMEOUT = 15
"""Seconds a child may take on a busy machine; of computing it gets one (see `limits`)."""

_free = threading.BoundedSemaphore(CHILDREN)

REASONS = {
    "pixels": mark("This image has too many pixels; at most 100 megapixels can be sent."),
    "picture": mark("This image is damaged, or too large to be opened."),
    "archive": mark("This archive unpacks to far more than its size, so it is not accepted."),
    "page": mark("This page is too large to be read."),
    "nested": mark("Archives within archives within archives are not accepted."),
}


class Refused(Exception):
    """A file that is not taken; its text, to be translated, says why to whoever sent it."""


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
    """A small WebP of it."""
    instead: Path | None = None
    """What is to be kept in place of the file: the same without what it says of its author and place."""


def inspect(file: Path, name: str, workshop: Path) -> Inspection:
    """Find out what `file` is, with `name` as a hint where its bytes leave a choice; new files go into `workshop`.

    Pictures and archives are looked into by a child process with narrow limits, since their authors may mean harm.
    Raises Refused for what is built to exhaust whoever opens it, and for pictures that cannot be shown.
    """
    kind, mime = run_in_thread(kind_of, file, name)
    if kind == "image":
        return _picture(file, mime, workshop)
    if mime in ("application/zip", "application/gzip", "application/x-bzip2", "application/x-xz"):
        ask("archive", file, workshop)
    return Inspection(kind, mime)


def _picture(file: Path, mime: str, workshop: Path) -> Inspection:
    said = ask("picture", file, workshop)
    thumbnail, instead = workshop / "thumbnail.webp", workshop / "clean"
    return Inspection(
        "image",
        str(said.get("type") or mime),
        int(str(said["width"])),
        int(str(said["height"])),
        str(said["placeholder"]) if said.get("placeholder") else None,
        thumbnail if thumbnail.exists() else None,
        instead if instead.exists() else None,
    )


def ask(task: str, file: Path, workshop: Path, *options: str) -> dict[str, object]:
    """Have a child process do one of its tasks; raises Refused when that exceeds its limits."""
    paths = (str(file.absolute()), str(workshop.absolute()))
    command = [sys.executable, "-m", "widget.media.child", task, *paths, *options]
    with _free:
        child = subprocess.Popen(
            command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            printed, _ = child.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Refused(REASONS[task]) from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            child.wait()
    if child.returncode != 0:  # it hit a limit, or its libraries gave up
        raise Refused(REASONS[task])
    said: dict[str, object] = json.loads(printed)
    if "refused" in said:
        raise Refused(REASONS[str(said["refused"])])
    return said
