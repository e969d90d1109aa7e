"""Files in a folder of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from widget.storage.errors import Missing, Unreachable
from widget.threads import run_in_thread

PIECE = 256 * 1024
"""Bytes read at once."""


class Folder:
    """Every key is a path below one folder, which is made when it is first needed."""

    def __init__(self, root: Path):
        self.root = root

    def put(self, key: str, source: Path) -> None:
        """See Storage."""
        run_in_thread(self._put, self.root / key, source)

    def _put(self, target: Path, source: Path) -> None:
        half = target.with_name(f"{target.name}.{secrets.token_hex(4)}.half")
        with _reaching():
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, half)
                with half.open("rb") as file:
                    os.fsync(file.fileno())
                half.replace(target)
            except OSError:
                with suppress(OSError):
                    half.unlink()
                raise

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See Storage."""
        return _pieces(run_in_thread(_open_at, self.root / key, start), length)

    def delete(self, key: str) -> None:
        """See Storage."""
        run_in_thread(_delete, self.root / key)

    def delete_folder(self, folder: str) -> None:
        """See Storage."""
        run_in_thread(_delete_folder, self.root / folder)


@contextmanager
def _reaching() -> Iterator[None]:
    """What the file system says becomes what the contract says: a full or broken disk is a storage out of reach."""
    try:
        yield
    except OSError as error:
        raise Unreachable(str(error)) from error


def _open_at(path: Path, start: int) -> BinaryIO:
    with _reaching():
        try:
            file = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(path.name) from None
        file.seek(start)
        return file


def _delete(path: Path) -> None:
    with _reaching():
        path.unlink(missing_ok=True)


def _delete_folder(path: Path) -> None:
    with _reaching(), suppress(FileNotFoundError):
        shutil.rmtree(path)


def _read(file: BinaryIO, size: int) -> bytes:
    with _reaching():
        return file.read(size)


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = length
    with file:
        while left is None or left > 0:
            piece = run_in_thread(_read, file, PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece
