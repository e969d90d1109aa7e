"""Files that mean harm: each with what must become of it."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

MB = 1024**2

Make = Callable[[], bytes]


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    """A picture of one colour."""
    made = io.BytesIO()
    Image.new(mode, size, tuple([200, 100, 50, 128][: len(mode)])).save(made, form, **options)
    return made.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def zip_of(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def nested(depth: int) -> bytes:
    inner = zip_of(a=b"\0" * MB)
    for _ in range(depth):
        inner = zip_of(**{f"{number}.zip": inner for number in range(8)})
    return inner


def overlapping() -> bytes:
    """A ZIP whose entries are all the same bytes, as in David Fifield's "a better zip bomb"."""
    whole = zip_of(a=b"\0" * 20 * MB)
    at = whole.rindex(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    entry, times = whole[at:end], 500
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, times, times, len(entry) * times, at, 0)
    return whole[:at] + entry * times + tail


def polyglot() -> bytes:
    """A GIF that is also a script: GIF89a/*…*/=1;alert(1)//."""
    return picture("GIF") + b"*/=1;alert(document.cookie)//"


REFUSED: dict[str, Make] = {
    "pixels.png": lambda: png_that_claims(20_000, 20_000),
    "more-pixels.png": lambda: png_that_claims(2**31 - 1, 2**31 - 1),
    "wide.png": lambda: png_that_claims(100_000_001, 1),
    "real-pixels.png": lambda: picture(size=(11_000, 11_000), mode="L"),
    "pixels.gif": lambda: (
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b",\0\0\0\0\xff\xff\xff\xff\0\2\0;"
    ),
    "pixels.bmp": lambda: (
        b"BM" + struct.pack("<IIIIIIHHIIIIII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    ),
    "bomb.zip": lambda: zip_of(zeros=b"\0" * (300 * MB)),
    "nested.zip": lambda: nested(3),
    "deep.docx": lambda: nested(6),
    "overlapping.zip": overlapping,
    "many.zip": lambda: zip_of(**{str(number): b"" for number in range(20_001)}),
    "bomb.gz": lambda: gzip.compress(b"\0" * (200 * MB)),
    "bomb.tar.xz": lambda: lzma.compress(b"\0" * (120 * MB), preset=0),
}
"""What is not taken at all."""

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'

DOWNLOADED: dict[str, Make] = {
    "broken.png": lambda: b"\x89PNG\r\n\x1a\n" + b"\xff" * 500,
    "segments.jpg": lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xe1\0\1" * 100,
    "script-in-gif.gif": lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=alert(1)",
    "text.png": lambda: b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "pixels.webp": lambda: b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\x00\xff\x3f\x00VP8 \0\0\0\0",
    "page.html": lambda: b"<!doctype html><script>alert(1)</script>",
    "page.jpg": lambda: b"<html><body onload=alert(1)>",
    "drawing.svg": lambda: SVG,
    "drawing.png": lambda: b'<?xml version="1.0"?>' + SVG,
    "script.js": lambda: b"alert(1)",
    "photo.jpg": lambda: b"MZ\x90\0" + b"\0" * 200,
    "page.xhtml": lambda: b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>',
    "old.mht": lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<script>alert(1)</script>",
    "leaflet.pdf": lambda: b"%PDF-1.7\n/JavaScript (app.alert(1))",
    "shell.sh": lambda: b"#!/bin/sh\nrm -rf /\n",
    "bytes.bin": lambda: bytes(range(256)),
    "feed.xml": lambda: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "style.css": lambda: b"body { background: url(//evil.example) }",
    "words.txt": lambda: b"\xef\xbb\xbf<script>alert(1)</script>",
}
"""What is kept, and only ever downloaded, whatever its name pretends."""

SHOWN: dict[str, tuple[Make, str]] = {
    "cut.jpg": (lambda: picture("JPEG", (400, 300))[:1000], "image/jpeg"),
    "heavy.png": (lambda: picture(size=(9000, 9000)), "image/png"),
    "both.gif": (polyglot, "image/gif"),
    "page.html": (lambda: picture("PNG"), "image/png"),
    "trailing.jpg": (lambda: picture("JPEG") + b"<script>alert(1)</script>", "image/jpeg"),
    "sound.svg": (lambda: b"ID3\x03\0\0\0\0\0\x21" + b"\0" * 60 + b"\xff\xfb\x90\x64" + b"\0" * 400, "audio/mpeg"),
}
"""What is shown after all, as what its bytes are and as nothing else."""
