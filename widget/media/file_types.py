"""The kind and type of a file by its bytes. Its name only chooses between types that share their bytes.

A text is a text, whatever it begins with; what is to be shown or played must be built like what it says it is.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

import puremagic

from widget.media import signatures

HEAD = 64 * 1024

IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff"}

PLAYED = {"audio/mpeg", "audio/wav", "audio/flac", "audio/aac", "audio/ogg", "audio/webm", "audio/mp4"} | {
    *("video/webm", "video/ogg", "video/mp4", "video/quicktime")
}
"""Audio and video that browsers play."""

INLINE = (IMAGES | PLAYED) - {"image/tiff"}
"""What may be shown within a page. Everything else is only ever downloaded: HTML, SVG and scripts above all."""

SAME = {"application/x-gzip": "application/gzip", "application/x-zip-compressed": "application/zip"}
"""What `puremagic` calls otherwise."""

# In an MP4, a track says what it is: "hdlr", a version, four zeroes, the kind of its handler.
_HANDLER = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)
# What no text has in it, in any encoding that keeps ASCII.
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(file: Path, name: str) -> tuple[str, str]:
    """The kind (image, audio, video or file) and media type of what is in `file`."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    if not _is_text(head):
        mime = signatures.image(head)
        if mime is not None:
            return "image", mime
        mime = signatures.audio_or_video(head)
        if mime is not None:
            mime = _without_video(file, mime, head)
            return mime.partition("/")[0], mime
    return "file", _other_type(head, name)


def _other_type(head: bytes, name: str) -> str:
    if head.startswith(b"PK\x03\x04"):  # looked into before anything else is concluded
        return "application/zip"
    hint = mimetypes.guess_type(name)[0]
    types = [it for it in _types(head) if it not in IMAGES | PLAYED]
    if _is_text(head):
        return hint if hint and hint in types else "text/plain"
    if types:
        return hint if hint and hint in types else types[0]
    return "application/octet-stream"


def _types(head: bytes) -> list[str]:
    """The types that these bytes may be, the likeliest first."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    return list(dict.fromkeys(SAME.get(it.mime_type, it.mime_type) for it in matches if it.mime_type))


def _without_video(file: Path, mime: str, head: bytes) -> str:
    """A container that could hold video, but holds only audio, is audio."""
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
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start >= HEAD - 4  # then it is the last character, cut through
    return True
