"""The kind and type of a file by its first bytes. Its name only chooses between types that share their bytes."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

import puremagic

HEAD = 64 * 1024

IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff"}

AUDIO_AND_VIDEO = {
    "audio/mpeg": "audio/mpeg",
    "audio/wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/flac": "audio/flac",
    "audio/x-flac": "audio/flac",
    "audio/aac": "audio/aac",
    "audio/ogg": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/webm": "video/webm",
    "video/webm": "video/webm",
    "video/ogg": "video/ogg",
    "audio/mp4": "video/mp4",
    "audio/m4a": "video/mp4",
    "audio/x-m4a": "video/mp4",
    "video/mp4": "video/mp4",
    "video/x-m4v": "video/mp4",
    "video/quicktime": "video/quicktime",
}
"""What browsers play, as `puremagic` calls it and as it is sent."""

SAME = {
    "image/x-ms-bmp": "image/bmp",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
}

INLINE = (IMAGES | set(AUDIO_AND_VIDEO.values()) | {"audio/webm", "audio/mp4"}) - {"image/tiff", "image/bmp"}
"""What may be shown within a page. Everything else is only ever downloaded: HTML, SVG and scripts above all."""

# In an MP4, a track says what it is: "hdlr", a version, four zeroes, the kind of its handler.
_HANDLER = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)


def kind_of(file: Path, name: str) -> tuple[str, str]:
    """The kind (image, audio, video or file) and media type of what is in `file`."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    types = _types(head)
    for mime in types:
        if mime in IMAGES:
            return "image", mime
        if mime in AUDIO_AND_VIDEO:
            found = _without_pictures(file, AUDIO_AND_VIDEO[mime], head)
            return found.partition("/")[0], found
    hint = mimetypes.guess_type(name)[0]
    if head.startswith(b"PK\x03\x04"):  # looked into before anything else is said about it
        return "file", "application/zip"
    if types:
        return "file", hint if hint in types else types[0]
    return "file", "text/plain" if _is_text(head) else "application/octet-stream"


def _types(head: bytes) -> list[str]:
    """The types that these bytes may be, the likeliest first."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    return list(dict.fromkeys(SAME.get(it.mime_type, it.mime_type) for it in found if it.mime_type))


def _without_pictures(file: Path, mime: str, head: bytes) -> str:
    """A container that could hold a film, but holds only sound, is sound."""
    if mime == "video/webm":
        return mime if re.search(rb"V_(VP8|VP9|AV1|MPEG)", head) else "audio/webm"
    if mime in ("video/mp4", "video/quicktime"):
        handlers = set(_HANDLER.findall(head))
        if not handlers:  # a camera writes the list of tracks last
            with file.open("rb") as opened:
                opened.seek(max(0, file.stat().st_size - 1024 * 1024))
                handlers = set(_HANDLER.findall(opened.read()))
        return "audio/mp4" if handlers == {b"soun"} else mime
    return mime


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else it is the last character, cut through
            return False
        text = head[: error.start].decode()
    return "\0" not in text
