"""Takes out of an image what it says besides its pixels: where and when it was made, by whom, with what.

The pixels are not touched. Only what is needed to show them stays; so what a format may say in the future goes, too.
"""

from __future__ import annotations

import re
import struct

from PIL import Image

from widget.media import isobmff

# ITU-T T.81, Annex B. In the compressed data a marker is 0xFF and neither zero (a stuffed byte) nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Between the segments it is 0xFF, perhaps repeated, and what none of these is.
_SEGMENT = re.compile(rb"\xff+[^\x00\x01\xd0-\xd8\xff]")
_START_OF_SCAN = 0xDA
_APP0, _APP15, _COMMENT, _ADOBE = 0xE0, 0xEF, 0xFE, 0xEE

_PNG_KEPT = {  # PNG, third edition, 11.2 and 11.3, and what is needed for movement
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV"),
    *(b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_EXIF_AND_XMP = 0x08 | 0x04  # in the flags of VP8X (RFC 9649, 2.7.1)


def without(data: bytes, mime: str) -> tuple[bytes, int]:
    """An image without metadata, and the orientation (Exif's 1 to 8) that it had; a JPEG keeps that.

    Formats that carry none that matters stay as they are. What is cut off, padded or without an end is cleaned as far
    as it goes. Raises ValueError for what cannot be cleaned without being decoded.
    """
    if mime == "image/jpeg":
        return _jpeg(data)
    if mime == "image/png":
        return _png(data)
    if mime == "image/webp":
        return _webp(data)
    return (isobmff.without_metadata(data), 1) if mime == "image/avif" else (data, 1)


def _jpeg(data: bytes) -> tuple[bytes, int]:
    pieces, orientation = [data[:2]], 1
    at = 2
    while True:
        at = _next_marker(data, at)
        marker = data[at + 1 : at + 2]
        if at + 4 > len(data) or marker == b"\xd9":
            break  # what comes after the end are other images, with metadata of their own
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker[0] == _START_OF_SCAN:
            match = _MARKER.search(data, end)
            end = match.start() if match else len(data)
        if data[at + 4 : at + 10] == b"Exif\0\0" and orientation == 1:
            orientation = _orientation(data[at + 10 : end])
        if _needed(marker[0], data[at + 4 : at + 16]):
            pieces.append(data[at:end])
        at = end
    if orientation != 1:
        pieces.insert(1, _exif(orientation))
    return b"".join([*pieces, b"\xff\xd9"]), orientation


def _next_marker(data: bytes, at: int) -> int:
    """Where the next segment begins: some programs pad between them, and a marker may be filled with 0xFF."""
    segment = _SEGMENT.search(data, at)
    return segment.end() - 2 if segment else len(data)


def _orientation(exif: bytes) -> int:
    """What a block of Exif says of it; 1 when that makes no sense."""
    entries = Image.Exif()
    try:
        entries.load(b"Exif\0\0" + exif)
        value = entries.get(0x0112)
    except Exception:  # it is parsed for this one number only
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _needed(marker: int, begins: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        return marker in (_APP0, _ADOBE) or begins == b"ICC_PROFILE\0"
    return marker != _COMMENT


def _exif(orientation: int) -> bytes:
    """A segment that says nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry + b"\0\0\0\0"
    return b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff


def _png(data: bytes) -> tuple[bytes, int]:
    pieces, orientation = [data[:8]], 1
    at = 8
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        name = data[at + 4 : at + 8]
        if name in _PNG_KEPT:
            pieces.append(data[at : at + 12 + length])
        elif name == b"eXIf":
            orientation = _orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
        if name == b"IEND":
            break
    return b"".join(pieces), orientation


def _webp(data: bytes) -> tuple[bytes, int]:
    chunks, orientation = [], 1
    at = 12
    while at + 8 <= len(data):
        length = struct.unpack("<I", data[at + 4 : at + 8])[0]
        end = at + 8 + length + length % 2
        chunk = data[at:end]
        if chunk[:4] == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_EXIF_AND_XMP]) + chunk[9:]
        if chunk[:4] in _WEBP_KEPT:
            chunks.append(chunk)
        elif chunk[:4] == b"EXIF":
            orientation = _orientation(chunk[8:].removeprefix(b"Exif\0\0"))
        at = end
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body, orientation
