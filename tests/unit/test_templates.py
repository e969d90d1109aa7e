"""Templates are laid out for whoever edits them; what is sent has nothing of the layout, and every space that shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from widget.settings import ROOT
from widget.web.templates import QuickEnvironment, compact

LONGEST = 160
"""The longest line of a template, in characters."""


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<p>\n  <b>a</b>\n  <i>b</i>\n</p>\n", "<p><b>a</b><i>b</i></p>"),
        ("<p>\n  A sentence\n  on two lines.\n</p>", "<p>A sentence on two lines.</p>"),
        (
            "<p>Read\n  <a href>this</a>\n  and\n  <a href>that</a>.</p>",
            "<p>Read <a href>this</a> and <a href>that</a>.</p>",
        ),
        ("<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
        ('<b>a</b>{{ " " }}\n<i>b</i>', '<b>a</b>{{ " " }}<i>b</i>'),
        (
            "{% if a %}\n  <b>\n    {{ a }}\n    {{ b }}\n  </b>\n{% endif %}",
            "{% if a %}<b>{{ a }}{{ b }}</b>{% endif %}",
        ),
        (
            '<a class="b"\n   {% if c > d %}hidden{% endif %}\n   id="e">',
            '<a class="b" {% if c > d %}hidden{% endif %} id="e">',
        ),
        ('<path d="M1 2\n  3" />\n<hr>', '<path d="M1 2 3"/><hr>'),
        ("{# why\n   so #}\n<p>1 < 2\n</p>", "{# why\n   so #}<p>1 < 2</p>"),
    ],
)
def test_the_layout_of_a_template_is_not_sent(source: str, sent: str) -> None:
    assert compact(source) == sent


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda it: it.name)
def test_no_line_of_a_template_is_longer_than_a_screen_is_wide(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > LONGEST] == []


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda it: it.name)
def test_no_two_sentences_of_a_template_run_together(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert [
        (one, next_)
        for one, next_ in pairwise(lines)
        if one.startswith("{{ _(") and one.endswith(") }}") and next_.startswith(("{{ _(", "<a "))
    ] == []


def test_a_template_asks_a_shape_for_a_key_first_but_calls_its_methods_whatever_keys_a_page_has_told() -> None:
    template = QuickEnvironment(Flask(__name__)).from_string("{% for k, v in it.items() %}{{ k }}={{ v }}{% endfor %}")
    assert template.render(it={"items": "three"}) == "items=three"
    named = QuickEnvironment(Flask(__name__)).from_string("{{ it.name }}{{ it.nothing }}{{ it.inner.name }}")
    assert named.render(it={"name": "a", "inner": {"name": "b"}}) == "ab"
