"""Whatever colour a site chooses, what stands on it can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget.web import colors
from widget.web.views import static


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    lighter, darker = sorted((colors.luminance(one), colors.luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@given(st.integers(0, 0xFFFFFF))
def test_what_stands_on_a_colour_has_a_contrast_of_at_least_4_5(number: int) -> None:
    color = f"#{number:06x}"
    assert contrast(color, colors.on(color)) >= 4.5


@given(st.integers(0, 255))
def test_what_stands_on_a_grey_has_a_contrast_of_at_least_4_5(level: int) -> None:
    color = f"#{level:02x}{level:02x}{level:02x}"
    assert contrast(color, colors.on(color)) >= 4.5


def test_the_measure_is_the_one_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert (colors.on("#ffffff"), colors.on("#000000")) == ("#000000", "#ffffff")


@given(st.integers(0, 0xFFFFFF), st.sampled_from(["light", "dark"]))
def test_any_accent_can_be_read_and_seen_on_the_surfaces_of_both_themes(number: int, theme: str) -> None:
    color = f"#{number:06x}"
    surface = colors.SURFACE[theme]
    for background in (surface, colors.RAISED[theme]):
        assert contrast(colors.as_text(color, theme), background) >= 4.5
    edge = colors.edge(color, theme)
    assert contrast(color, surface) >= 1.5 if edge == "transparent" else contrast(edge, surface) >= 3


def test_the_surfaces_are_those_of_the_style_sheet() -> None:
    tokens = (static.FOLDER / "css" / "tokens.css").read_text()
    for name, of in (("surface", colors.SURFACE), ("surface-raised", colors.RAISED), ("text", colors.TEXT)):
        assert f"--{name}: light-dark({of['light']}, {of['dark']});" in tokens


@given(st.text() | st.from_regex(r"#?[0-9a-fA-F]{1,8}") | st.none())
def test_an_accent_is_always_a_colour(text: str | None) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", colors.accent(text))


@pytest.mark.parametrize(("text", "color"), [("#1B6b5A", "#1b6b5a"), ("1b6b5a", "#1b6b5a"), (" #1a3 ", "#11aa33")])
def test_hexadecimal_colours_are_taken_over(text: str, color: str) -> None:
    assert colors.accent(text) == color


@pytest.mark.parametrize("text", [None, "", "red", "#12345", "rgb(1,2,3)", "#1b6b5a;}", "#١٢٣"])
def test_anything_else_is_the_default_colour(text: str | None) -> None:
    assert colors.accent(text) == colors.DEFAULT
