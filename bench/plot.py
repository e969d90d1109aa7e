"""The growth as a picture: an SVG made here, since two lines and their axes need no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 240, 56, 16, 36, 40
COLORS = {"this project": "#0b5fff", "nchan": "#777", "flask-sse": "#c62828"}

Points = Sequence[tuple[float, float]]


def _ticks(most: float) -> list[float]:
    step = 10 ** math.floor(math.log10(most))
    step = step / 2 if most / step < 3 else step
    return [step * number for number in range(int(most / step) + 1)]


def chart(title: str, unit: str, series: dict[str, Points]) -> str:
    """One chart: the number of tabs along, `unit` up, both from zero."""
    along = max(x for points in series.values() for x, _ in points)
    up = max(y for points in series.values() for _, y in points) * 1.1 or 1

    def at(x: float, y: float) -> tuple[float, float]:
        across, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * x / along, TOP + high * (1 - y / up)

    parts = [f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>']
    for tick in _ticks(up):
        y = at(0, tick)[1]
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text text-anchor="end" x="{LEFT - 6}" y="{y + 4:.1f}">{tick:g}</text>')
    for tick in _ticks(along):
        x = at(tick, 0)[0]
        parts.append(f'<text text-anchor="middle" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{tick:,.0f}</text>')
    parts.append(f'<text text-anchor="end" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}">tabs; {escape(unit)}</text>')
    for row, (name, points) in enumerate(series.items()):
        color = COLORS.get(name, "#555")
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.75"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in (at(*it) for it in points)]
        parts.append(
            f'<text x="{WIDTH - RIGHT}" y="{TOP + 14 * row}" text-anchor="end" fill="{color}">{escape(name)}</text>'
        )
    return "".join(parts)


def write(file: Path, charts: Sequence[str]) -> None:
    """Put the charts beside each other into one file."""
    body = "".join(f'<g transform="translate({WIDTH * number} 0)">{it}</g>' for number, it in enumerate(charts))
    style = "text{font:12px system-ui,sans-serif;fill:#444}.title{font-weight:600;fill:#111}.grid{stroke:#ddd}"
    size = f'width="{WIDTH * len(charts)}" height="{HEIGHT}"'
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )
