"""Archives, in the child process: whether one is a trap for whoever unpacks it. Nothing of it is ever kept unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import time
import zipfile
from pathlib import Path
from typing import IO, Any

DEEPEST = 2
"""An archive within an archive; people do send those. A document that is built as one does not count."""
MOST_FILES = 20_000
MOST_UNPACKED = 2 * 1024**3
"""In bytes, all levels together."""
RATIO = 100
"""How many times its own size an archive may unpack to, once that is more than HARMLESS."""
HARMLESS = 100 * 1024**2
INNER = 16 * 1024**2
"""The largest archive within an archive that is looked into, in bytes."""
GLANCE = 0.4
"""Seconds for unpacking a stream, to see how far it swells; one that is slow is no bomb."""
PIECE = 256 * 1024

_DOCUMENTS = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"}
"""What tells an Office file, an OpenDocument or EPUB, a Java archive and an app from other archives."""

_ZIP, _GZIP, _BZIP2, _XZ = b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"


def inspect(file: Path, _folder: Path) -> dict[str, Any]:
    """`refused` with archive or nested, if it is to be; else nothing."""
    with file.open("rb") as opened:
        reason = _look_into(opened, file.stat().st_size, 1)
    return {"refused": reason} if reason else {}


def _look_into(opened: IO[bytes], size: int, depth: int) -> str | None:
    head = opened.read(6)
    opened.seek(0)
    if not head.startswith((_ZIP, _GZIP, _BZIP2, _XZ)):
        return None
    if not head.startswith(_ZIP):
        return "nested" if depth > DEEPEST else _stream(opened, head, size)
    try:
        archive = zipfile.ZipFile(opened)
    except zipfile.BadZipFile:
        return None  # nobody else can unpack it either
    if depth > DEEPEST and _DOCUMENTS.isdisjoint(archive.namelist()):
        return "nested"
    return _zip(archive, size, depth)


def _zip(archive: zipfile.ZipFile, size: int, depth: int) -> str | None:
    """Whether it swells; what is in it is looked into, but for what lies too deep for anybody to unpack it unasked."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    # What the entries take up cannot be more than the archive, unless they overlap.
    overlapping = sum(entry.compress_size for entry in entries) > size
    if overlapping or len(entries) > MOST_FILES or _swells(unpacked, size):
        return "archive"
    for entry in entries if depth <= DEEPEST else ():
        if entry.is_dir() or entry.flag_bits & 1 or not 0 < entry.file_size <= INNER:
            continue
        try:
            with archive.open(entry) as inner:
                if not inner.read(6).startswith((_ZIP, _GZIP, _BZIP2, _XZ)):
                    continue
            with archive.open(entry) as inner:
                content = io.BytesIO(inner.read(INNER))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            continue
        reason = _look_into(content, entry.file_size, depth + 1)
        if reason:
            return reason
    return None


def _stream(opened: IO[bytes], head: bytes, size: int) -> str | None:
    unpacked = 0
    until = time.process_time() + GLANCE
    try:
        with _opened(opened, head) as stream:
            while time.process_time() < until:
                piece = stream.read(PIECE)
                if not piece:
                    return None
                unpacked += len(piece)
                if _swells(unpacked, size):
                    return "archive"
    except (OSError, EOFError, lzma.LZMAError):
        return None
    return None


def _opened(opened: IO[bytes], head: bytes) -> IO[bytes]:
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=opened)  # type: ignore[return-value]
    return bz2.BZ2File(opened) if head.startswith(_BZIP2) else lzma.LZMAFile(opened)


def _swells(unpacked: int, size: int) -> bool:
    return unpacked > MOST_UNPACKED or (unpacked > HARMLESS and unpacked > RATIO * size)
