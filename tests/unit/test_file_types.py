"""What a file is, by how it is built: a line for each way to begin."""

from __future__ import annotations

import functools
import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import drawing
from widget.media import archives, file_types


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(major: bytes, *compatible: bytes, handlers: tuple[bytes, ...] = (b"vide", b"soun")) -> bytes:
    """The beginning of an ISO base media file."""
    tracks = b"".join(box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12) for handler in handlers)
    return box(b"ftyp", major + b"\0\0\2\0" + b"".join(compatible)) + box(b"moov", tracks) + b"\0" * 100


def mpeg(second: int, third: int, length: int, frames: int = 3) -> bytes:
    """Frames of MPEG audio with this header."""
    return (bytes([0xFF, second, third, 0x44]) + b"\x55" * (length - 4)) * frames


def aac(frames: int = 3) -> bytes:
    return (bytes([0xFF, 0xF1, 0x50, 0x80, 0x05, 0x9F, 0xFC]) + b"\x21" * 37) * frames


def id3(size: int) -> bytes:
    return b"ID3\x04\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + b"\0" * size


def riff(kind: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + kind + b"fmt \x10\0\0\0" + b"\0" * 80


IMAGE = drawing.drawn("RGB")

KINDS: list[tuple[str, bytes, str, str]] = [
    # Every brand of an MP4
    *(
        (f"{it.decode()}.mp4", mp4(it), "video", "video/mp4")
        for it in (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"iso9")
    ),
    *(
        (f"{it.decode()}.mp4", mp4(it), "video", "video/mp4")
        for it in (b"mp41", b"mp42", b"mp71", b"avc1", b"dash", b"M4V ")
    ),
    *((f"{it.decode()}.3gp", mp4(it), "video", "video/mp4") for it in (b"3gp4", b"3gp5", b"3gp6", b"3g2a")),
    ("book.m4b", mp4(b"M4B ", b"mp42", handlers=(b"soun",)), "audio", "audio/mp4"),
    ("song.m4a", mp4(b"M4A ", handlers=(b"soun",)), "audio", "audio/mp4"),
    ("voice.3gp", mp4(b"3gp4", handlers=(b"soun",)), "audio", "audio/mp4"),
    ("camera.mp4", mp4(b"XAVC", b"mp42"), "video", "video/mp4"),
    ("clip.mov", mp4(b"qt  "), "video", "video/quicktime"),
    # Images
    ("photo.avif", drawing.encoded(IMAGE, "AVIF"), "image", "image/avif"),
    ("mif1.avif", mp4(b"mif1", b"miaf", b"avif"), "image", "image/avif"),
    ("sequence.avif", mp4(b"avis", b"msf1"), "image", "image/avif"),
    ("photo.heic", mp4(b"heic", b"mif1"), "file", "image/heic"),
    *(
        (f"a.{it.lower()}", drawing.encoded(IMAGE, it), "image", f"image/{it.lower()}")
        for it in ("JPEG", "PNG", "WEBP")
    ),
    *((f"a.{it.lower()}", drawing.encoded(IMAGE, it), "image", f"image/{it.lower()}") for it in ("BMP", "TIFF")),
    ("a.gif", drawing.encoded(drawing.drawn("P"), "GIF"), "image", "image/gif"),
    ("a.mpo", drawing.encoded(IMAGE, "MPO"), "image", "image/jpeg"),
    # MP3 with any header
    ("tagged.mp3", id3(500) + mpeg(0xFB, 0x90, 417), "audio", "audio/mpeg"),
    ("cover.mp3", id3(200_000) + mpeg(0xFB, 0x90, 417), "audio", "audio/mpeg"),
    ("128.mp3", mpeg(0xFB, 0x90, 417), "audio", "audio/mpeg"),
    ("crc.mp3", mpeg(0xFA, 0x90, 417), "audio", "audio/mpeg"),
    ("mpeg2.mp3", mpeg(0xF3, 0x80, 208), "audio", "audio/mpeg"),
    ("mpeg2-crc.mp3", mpeg(0xF2, 0x80, 208), "audio", "audio/mpeg"),
    ("mpeg25.mp3", mpeg(0xE3, 0x80, 417), "audio", "audio/mpeg"),
    ("layer2.mp2", mpeg(0xFD, 0x80, 417), "audio", "audio/mpeg"),
    ("song.aac", aac(), "audio", "audio/aac"),
    ("song.wav", riff(b"WAVE"), "audio", "audio/wav"),
    ("song.flac", b"fLaC\0\0\0\x22" + b"\0" * 60, "audio", "audio/flac"),
    ("song.ogg", b"OggS\0\2" + b"\0" * 22 + b"\x01\x1e\x01vorbis" + b"\0" * 30, "audio", "audio/ogg"),
    ("film.ogv", b"OggS\0\2" + b"\0" * 22 + b"\x01\x2a\x80theora" + b"\0" * 30, "video", "video/ogg"),
    ("film.webm", b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + b"\0" * 30 + b"V_VP9", "video", "video/webm"),
    ("voice.webm", b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + b"\0" * 30 + b"A_OPUS", "audio", "audio/webm"),
    # A text that begins like something else
    ("bm.txt", b"BM is what we call the business model.\n", "file", "text/plain"),
    ("gif.txt", b"GIF89a is an old format.\n", "file", "text/plain"),
    ("id3.txt", b"ID3 tags hold the title.\n", "file", "text/plain"),
    ("riff.txt", b"RIFF, he played a WAVE of notes\n", "file", "text/plain"),
    ("ogg.txt", b"OggS is where an Ogg page begins\n", "file", "text/plain"),
    ("flac.txt", b"fLaC begins a FLAC\n", "file", "text/plain"),
    ("mm.txt", b"MM and II are byte orders\n", "file", "text/plain"),
    ("ftyp.txt", b"the ftyp box\n", "file", "text/plain"),
    ("umlaut.txt", "BM über alles, schön\n".encode(), "file", "text/plain"),
    ("cut.txt", ("BM " + "ä" * 40_000).encode(), "file", "text/plain"),
    ("utf-16.txt", "GIF89a".encode("utf-16"), "file", "application/octet-stream"),
    # Bytes that begin like something else and are not built like it
    ("bm.bin", b"BM" + b"\0" * 200, "file", "application/octet-stream"),
    ("gif.bin", b"GIF89a" + b"\0" * 200, "file", "application/octet-stream"),
    ("id3.bin", b"ID3\xff\0\0\xff\xff\xff\xff" + b"\0" * 200, "file", "application/octet-stream"),
    ("sync.bin", b"\xff\xfb\x90\x44" + b"\0" * 2000, "file", "application/octet-stream"),
    # What is only ever a file
    ("page.html", b"<!doctype html><p>hello", "file", "text/html"),
    ("data.csv", b"a,b\n1,2\n", "file", "text/plain"),
    ("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n\0", "file", "application/pdf"),
]


@pytest.mark.parametrize(("name", "data", "kind", "mime"), KINDS, ids=lambda it: it if isinstance(it, str) else "")
def test_a_file_is_what_its_bytes_are_built_like(name: str, data: bytes, kind: str, mime: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    if mime in ("application/octet-stream", "application/pdf", "image/heic"):
        found = file_types.kind_of(file, name)
        assert found[0] == kind
        assert found[1] not in file_types.INLINE
    else:
        assert file_types.kind_of(file, name) == (kind, mime)


def zipped(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


SHEET = zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
LETTER = zipped(("[Content_Types].xml", b"<Types/>"), ("word/embeddings/sheet.xlsx", SHEET))
ODT = zipped(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>"))


@functools.cache
def bomb() -> bytes:
    """A sheet that swells; it takes a second or two to pack."""
    return zipped(("[Content_Types].xml", b"<Types/>"), ("xl/sheet1.xml", b"\0" * 300 * 1024**2))


HARMLESS = {
    "a letter": LETTER,
    "a letter in an archive": zipped(("letter.docx", LETTER)),
    "a letter in an archive in an archive": zipped(("inner.zip", zipped(("letter.docx", LETTER), ("a.odt", ODT)))),
    "a sheet, packed twice": gzip.compress(zipped(("sheet.xlsx", SHEET))),
}

HARMFUL: dict[str, Callable[[], bytes]] = {
    "a letter that swells": bomb,
    "a letter that swells in an archive in an archive": lambda: zipped(("inner.zip", zipped(("letter.docx", bomb())))),
    "archives all the way down": lambda: zipped(("a.zip", zipped(("b.zip", zipped(("c.zip", zipped(("d", b"d")))))))),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_an_office_file_is_no_bomb_by_being_there(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(HARMLESS[name])
    assert archives.inspect(file, tmp_path) == {}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_bomb_is_one_in_any_wrapping(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(HARMFUL[name]())
    assert archives.inspect(file, tmp_path).get("refused") in ("archive", "nested")
