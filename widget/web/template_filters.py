"""Filters of the templates: the size of an image, the shape of audio, bytes in words, counts beside a view."""

from __future__ import annotations

import json
import mimetypes
from pathlib import PurePosixPath

from babel import Locale, UnknownLocaleError

from widget.i18n import _, language, ngettext, number
from widget.media.sizes import SHOWN

LEAST = 64
"""The least, each way: what is narrower is cropped, and shown whole in the viewer."""


def shown(width: int | None, height: int | None) -> tuple[int, int]:
    """The width and height at which an image or a video is shown; so that nothing moves once it has loaded."""
    if not width or not height:
        return SHOWN[0], SHOWN[0] * 9 // 16
    scale = min(1, SHOWN[0] / width, SHOWN[1] / height)
    return max(LEAST, round(width * scale)), max(LEAST, round(height * scale))


def indented_json(text: str) -> str:
    """JSON as people read it, a value a line."""
    return json.dumps(json.loads(text), ensure_ascii=False, indent=2)


def wave(digits: str | None) -> str:
    """The path of an SVG (4 units a bar, 32 high) that draws how loud audio is; a quiet line when that is unknown."""
    if not digits:
        return "M0 16h192"
    heights = [max(2, int(digit, 32)) for digit in digits]
    return "".join(f"M{4 * x + 2} {16 - y / 2:g}v{y}" for x, y in enumerate(heights))


def size(count: int) -> str:
    """A number of bytes as people say it: 812 bytes, 3 KB, 1.2 MB."""
    if count < 1024:
        return ngettext("%(num)s byte", "%(num)s bytes", count)
    if count < 1024 * 1000:
        return _("%(size)s KB", size=number(max(1, round(count / 1024))))
    return _("%(size)s MB", size=number(count / 1024**2, "#,##0.0"))


def count_shown(count: int, most: int) -> str:
    """A count as it stands beside something: nothing for none, 99+ where no further is counted than to 100."""
    return f"{most - 1}+" if count >= most else str(count or "")


def ending(name: str, mime: str) -> str:
    """What people call a type of file, such as PDF: the ending of its name, or one that its type usually has."""
    suffix = PurePosixPath(name).suffix or mimetypes.guess_extension(mime) or ""
    return suffix.lstrip(".").upper()[:8] or _("File")


def language_name(code: str) -> str:
    """A language as its readers' own has it, such as German for de; the code itself for one that is not known."""
    try:
        return Locale.parse(code, sep="-").get_display_name(language().locale) or code
    except (ValueError, UnknownLocaleError):
        return code


def without_scheme(address: str) -> str:
    """An address of the web as people read it, such as example.com/cart."""
    return address.removeprefix("https://").removeprefix("http://")
