"""What an AVIF says besides its pixels, blanked within the file: items of Exif and XMP (ISO 14496-12, 8.11).

Nothing moves, so that every offset in the file still holds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_EMPTY_EXIF = b"\0\0\0\0" + b"II*\0\x08\0\0\0" + b"\0\0" + b"\0\0\0\0"
"""Where the TIFF header is, and one without entries (ISO 23008-12, A.2.1)."""


def without_metadata(data: bytes) -> bytes:
    """The same file, its metadata blank; raises ValueError where it is not built as that needs."""
    try:
        return _blanked(data)
    except (struct.error, IndexError, StopIteration) as error:
        raise ValueError("the boxes of this file are broken") from error


def _blanked(data: bytes) -> bytes:
    meta = next((it for it in _boxes(data, 0, len(data)) if it[0] == b"meta"), None)
    if meta is None:
        return data
    parts = {name: (start, end) for name, start, end in _boxes(data, meta[1] + 4, meta[2])}
    kinds = dict(_items(data, *parts[b"iinf"])) if b"iinf" in parts else {}
    wanted = {number: kind for number, kind in kinds.items() if kind in (b"Exif", b"mime")}
    if not wanted:
        return data
    inside = parts.get(b"idat", (0, 0))[0]
    blank = bytearray(data)
    for number, method, extents in _locations(data, *parts[b"iloc"]):
        if number not in wanted:
            continue
        if method > 1:
            raise ValueError("an item is made of other items")
        filling = _EMPTY_EXIF if wanted[number] == b"Exif" else b""
        for start, length in extents:
            at = start + (inside if method == 1 else 0)
            if at + length > len(data):
                raise ValueError("an item lies outside of the file")
            blank[at : at + length] = filling[:length].ljust(length, b"\0" if filling else b" ")
            filling = b"" if len(filling) <= length else filling[length:]
    return bytes(blank)


def _boxes(data: bytes, at: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """The name of each box from `at` on, and where its content begins and ends."""
    while at + 8 <= stop:
        size, name, header = *struct.unpack(">I4s", data[at : at + 8]), 8
        if size == 1:
            size, header = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        end = stop if size == 0 else at + size
        if size and size < header:
            raise ValueError("a box is smaller than its header")
        yield name, at + header, min(end, stop)
        at = end


def _items(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The number and kind of each item (iinf)."""
    first = start + (6 if data[start] == 0 else 8)
    for name, at, _ in _boxes(data, first, end):
        if name == b"infe" and data[at] >= 2:
            short = data[at] == 2
            number = struct.unpack(">H" if short else ">I", data[at + 4 : at + (6 if short else 8)])[0]
            kind = at + (8 if short else 10)
            yield number, data[kind : kind + 4]


def _locations(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """The number of each item, where its offsets count from (0 the file, 1 idat), and its extents (iloc)."""
    version, sizes = data[start], struct.unpack(">H", data[start + 4 : start + 6])[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    at = start + 6

    def number(size: int) -> int:
        nonlocal at
        if at + size > end:
            raise ValueError("the places of the items are cut off")
        at += size
        return int.from_bytes(data[at - size : at], "big")

    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)  # the file that it is in: this one
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            number(index_size)
            place, length = number(offset_size), number(length_size)
            extents.append((base + place, length))
        yield item, method, extents
