"""Takes out of a picture what it says besides its pixels: where and when it was made, by whom, with what.

The pixels are not touched. Only what is needed to show them stays; so what a format may say in the future goes, too.
"""

from __future__ import annotations

import re
import struct

# ITU-T T.81, Annex B. In the compressed data a marker is 0xFF and neither zero (a stuffed byte) nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN = 0xDA
_APP0, _APP15, _COMMENT, _ADOBE = 0xE0, 0xEF, 0xFE, 0xEE

_PNG_KEPT = {  # PNG, third edition, 11.2 and 11.3, and what is needed for movement
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV"),
    *(b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_EXIF_AND_XMP = 0x08 | 0x04  # in the flags of VP8X (RFC 9649, 2.7.1)


def without(data: bytes, form: str, orientation: int) -> bytes | None:
    """A JPEG, PNG or WebP without metadata but with its orientation (Exif's 1 to 8); None for what has none.

    Raises ValueError for a file that is not built as its format says.
    """
    if form == "JPEG":
        return _jpeg(data, orientation)
    if form == "PNG":
        return _png(data)
    return _webp(data) if form == "WEBP" else None


def _jpeg(data: bytes, orientation: int) -> bytes:
    pieces = [data[:2]]
    if orientation != 1:
        pieces.append(_exif(orientation))
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        marker = data[at : at + 2]
        if marker == b"\xff\xd9":
            pieces.append(marker)
            return b"".join(pieces)  # what comes after it are other pictures, with metadata of their own
        if marker[:1] != b"\xff" or at + 4 > len(data):
            raise ValueError("a segment of the JPEG does not begin where it should")
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if end < at + 4 or end > len(data):
            raise ValueError("a segment of the JPEG does not end where it should")
        if marker[1] == _START_OF_SCAN:
            found = _MARKER.search(data, end)
            end = found.start() if found else len(data)
            if found is None:  # cut off, and still to be seen
                pieces += [data[at:end], b"\xff\xd9"]
                return b"".join(pieces)
        if _needed(marker[1], data[at + 4 : at + 16]):
            pieces.append(data[at:end])
        at = end


def _needed(marker: int, begins: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        return marker in (_APP0, _ADOBE) or begins == b"ICC_PROFILE\0"
    return marker != _COMMENT


def _exif(orientation: int) -> bytes:
    """A segment that says nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry + b"\0\0\0\0"
    return b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff


def _png(data: bytes) -> bytes:
    pieces = [data[:8]]
    at = 8
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        name = data[at + 4 : at + 8]
        if name in _PNG_KEPT:
            pieces.append(data[at : at + 12 + length])
        at += 12 + length
        if name == b"IEND":
            break
    return b"".join(pieces)


def _webp(data: bytes) -> bytes:
    chunks = []
    at = 12
    while at + 8 <= len(data):
        length = struct.unpack("<I", data[at + 4 : at + 8])[0]
        end = at + 8 + length + length % 2
        chunk = data[at:end]
        if chunk[:4] == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_EXIF_AND_XMP]) + chunk[9:]
        if chunk[:4] in _WEBP_KEPT:
            chunks.append(chunk)
        at = end
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
