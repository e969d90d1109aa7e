"""Growth with data as a picture, in light and in dark: a bar for each size of each request, on both databases."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import escape

Figures = dict[str, dict[str, dict[str, float]]]
"""Milliseconds by database, request and size."""

LABELS, ACROSS, AFTER, ROW, BAR, TOP, BOTTOM = 190, 260, 60, 46, 10, 48, 36
STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#333;--strong:#111;--grid:#ddd;--a:#9cc3ff;--b:#4a8df5;--c:#0b4fc4}
@media(prefers-color-scheme:dark){:root{--ground:#14161a;--text:#c4c8d0;--strong:#f2f4f8;--grid:#353a44;
--a:#2f5ea8;--b:#4a8df5;--c:#a9cbff}}
rect.ground{fill:var(--ground)}text{font:12px system-ui,sans-serif;fill:var(--text)}
text.title{font-weight:600;fill:var(--strong)}path{stroke:var(--grid)}
.a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}
"""


def write(file: Path, figures: Figures, sizes: dict[str, str]) -> None:
    """Draw it; `sizes` says what each size is, the smallest first."""
    panels = len(figures)
    rows = max(len(of) for of in figures.values())
    width, height = LABELS + panels * (ACROSS + AFTER), TOP + rows * ROW + BOTTOM
    most = max(value for of in figures.values() for by_size in of.values() for value in by_size.values())
    parts = [
        f'<text x="{LABELS}" y="{TOP + row * ROW + ROW / 2:.0f}" dx="-10" text-anchor="end">{escape(what)}</text>'
        for row, what in enumerate(next(iter(figures.values())))
    ]
    for number, (name, of) in enumerate(figures.items()):
        parts.append(_panel(name, of, LABELS + number * (ACROSS + AFTER), rows, most))
    legend = LABELS
    for size, what in sizes.items():
        parts.append(f'<rect class="{size}" x="{legend}" y="{height - 22}" width="10" height="10"/>')
        parts.append(f'<text x="{legend + 15}" y="{height - 13}">{escape(what)}</text>')
        legend += 30 + 6.2 * len(what)  # type: ignore[assignment]
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>Milliseconds of a request by how much there is</title><style>{STYLE}</style>'
        f'<rect class="ground" width="100%" height="100%"/>{"".join(parts)}</svg>\n'
    )


def _panel(name: str, of: dict[str, dict[str, float]], left: int, rows: int, most: float) -> str:
    parts = [f'<text class="title" x="{left}" y="20">{escape(name)}, milliseconds</text>']
    for tick in _ticks(most):
        x = left + ACROSS * tick / most
        parts.append(f'<path d="M{x:.1f} {TOP - 6}V{TOP + rows * ROW - 8}"/>')
        parts.append(f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{tick:g}</text>')
    for row, by_size in enumerate(of.values()):
        for place, (size, value) in enumerate(by_size.items()):
            y, long = TOP + row * ROW + place * (BAR + 2), ACROSS * value / most
            parts.append(f'<rect class="{size}" x="{left}" y="{y}" width="{long:.1f}" height="{BAR}"/>')
            parts.append(f'<text x="{left + long + 4:.1f}" y="{y + BAR - 1}">{value:.0f}</text>')
    return "".join(parts)


def _ticks(most: float) -> list[float]:
    step = 10 ** math.floor(math.log10(most))
    step = step / 2 if most / step < 3 else step
    return [step * number for number in range(int(most / step) + 1)]
