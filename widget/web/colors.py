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


SURFACE = {"light": "#ffffff", "dark": "#17191d"}
"""What the popup stands on in either theme, as css/tokens.css has it; also its raised surface and its text."""
RAISED = {"light": "#f1f2f4", "dark": "#262a31"}
TEXT = {"light": "#16181d", "dark": "#eceef1"}

READABLE = 4.5
"""The contrast that words need (WCAG 2.2, 1.4.3)."""
VISIBLE = 3.0
"""The contrast that a line needs (WCAG 2.2, 1.4.11)."""
DISTINCT = 1.5
"""A plane with less contrast than that needs a line around it."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _towards(color: str, text: str, backgrounds: list[str], wanted: float) -> str:
    """`color`, pulled towards `text` only as far as it takes to have the wanted contrast on all backgrounds."""
    pairs = [(int(color[i : i + 2], 16), int(text[i : i + 2], 16)) for i in (1, 3, 5)]
    for share in range(0, 101, 5):
        mixed = "#" + "".join(f"{(start * (100 - share) + end * share) // 100:02x}" for start, end in pairs)
        if all(contrast(mixed, background) >= wanted for background in backgrounds):
            return mixed
    return text


def as_text(color: str, theme: str) -> str:
    """The accent as words and lines on the surfaces of a theme."""
    return _towards(color, TEXT[theme], [SURFACE[theme], RAISED[theme]], READABLE)


def edge(color: str, theme: str) -> str:
    """The line around a plane of the accent; transparent where the plane stands out by itself."""
    if contrast(color, SURFACE[theme]) >= DISTINCT:
        return "transparent"
    return _towards(color, TEXT[theme], [SURFACE[theme]], VISIBLE)


def tokens(color: str) -> str:
    """All custom properties that follow from the site's colour, as CSS."""
    by_theme = {
        name: ", ".join(find(color, theme) for theme in ("light", "dark"))
        for name, find in (("accent-text", as_text), ("accent-edge", edge))
    }
    colors = f"--accent: {color}; --on-accent: {on(color)};"
    return colors + "".join(f" --{name}: light-dark({pair});" for name, pair in by_theme.items())
