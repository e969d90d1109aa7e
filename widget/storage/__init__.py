"""Where files live. One interface, two places: a local folder, or whatever speaks the S3 protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from widget import extensions
from widget.storage.errors import Missing, Unreachable
from widget.storage.local import Folder
from widget.storage.s3 import Bucket

__all__ = ["Missing", "Storage", "Unreachable", "connect", "current"]


class Storage(Protocol):
    """Files under keys that we choose: ASCII letters, digits, dashes, dots, and slashes between folders.

    None of these blocks other greenlets. Each raises Unreachable when the place does not answer, or is full.
    """

    def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file at `source` under `key`, in place of what was there; all of it or nothing."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` on, at most `length` of them, piece by piece; raises Missing before the first one."""

    def delete(self, key: str) -> None:
        """Forget what is under `key`; nothing happens when there is nothing."""

    def delete_folder(self, folder: str) -> None:
        """Forget everything whose key begins with `folder` and a slash."""


def connect(url: str) -> Storage:
    """The storage at `url`, as `settings` has checked it; nothing is touched before it is used."""
    return Bucket(url) if url.startswith("s3:") else Folder(Path(url))


def current() -> Storage:
    """The storage of the running app."""
    return extensions.current().storage
