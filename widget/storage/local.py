"""Files in a folder of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from widget.storage.errors import Missing, Unreachable
from widget.threads import run_in_thread

PIECE = 256 * 1024
"""Bytes read at once."""


class Folder:
    """Every key is a path below one folder, which is made when it is first needed."""

    def __init__(self, root: Path):
        self._root = root

    def put(self, key: str, source: Path) -> None:
        """See Storage."""
        run_in_thread(self._put, self._root / key, source)

    def _put(self, target: Path, source: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f"{target.name}.{secrets.token_hex(4)}.half")
        try:
            shutil.copyfile(source, half)
            with half.open("rb") as file:
                os.fsync(file.fileno())
            half.replace(target)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise Unreachable(str(error)) from error

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See Storage."""
        try:
            file = (self._root / key).open("rb")
        except FileNotFoundError:
            raise Missing(key) from None
        file.seek(start)
        return _pieces(file, length)

    def delete(self, key: str) -> None:
        """See Storage."""
        (self._root / key).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        """See Storage."""
        run_in_thread(shutil.rmtree, self._root / folder, ignore_errors=True)


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = length
    with file:
        while left is None or left > 0:
            piece = run_in_thread(file.read, PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece
