"""The site's colour, and what can be read on it."""

from __future__ import annotations

import re

DEFAULT = "#0b5fff"


def accent(text: str | None) -> str:
    """`text` as #rrggbb when it is a colour in hexadecimal notation, else the default."""
    digits = (text or "").strip().lstrip("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits.lower()}" if re.fullmatch(r"[0-9a-fA-F]{6}", digits) else DEFAULT


def luminance(color: str) -> float:
    """The relative luminance of #rrggbb, 0 to 1 (WCAG 2.2)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def on(color: str) -> str:
    """Black or white, whichever has more contrast on `color`; that is always at least 4.5:1."""
    light = luminance(color)
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"
