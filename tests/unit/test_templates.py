"""Templates are laid out for whoever edits them; what is sent has nothing of the layout, and every space that shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader, Environment
from markupsafe import Markup

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


PARTS = {
    "macros.html": "{% macro box(of) %}<i title='{{ of.name }}'>{{ caller() if caller else of }}</i>{% endmacro %}",
    "part.html": "[{{ it.name }}|{{ loop_value }}]",
}


@pytest.mark.parametrize(
    "source",
    [
        "{{ it.name }}{{ it.html }}{{ it.number }}{{ it.none }}{{ it.true }}{{ it.plain }}{{ it.half }}",
        "{{ it.missing }}{{ 'no' if it.missing is not defined }}{{ it.missing | default('else') }}",
        "{% if it.inner.missing %}a{% elif it.inner.name == it.name %}b{% else %}{{ it.inner.name }}{% endif %}",
        "{{ it.inner.inner.name }}{{ it.thing.name }}{{ it.thing.items }}{{ it.inner['name'] }}{{ it.listed[0].name }}",
        "{% for k, v in it.inner.items() %}{{ k }}={{ v }}{% endfor %}",
        "{% for x in it.listed if x.name %}{{ loop.index }}{{ x.name }}{{ x.inner.name }}{% endfor %}",
        "{% set line %}{{ it.name }}{{ it.html }}{% endset %}{{ line }}{{ line == it.name | e }}",
        "{% from 'macros.html' import box %}{{ box(it) }}{% call box(it.inner) %}{{ it.name }}{% endcall %}",
        "{% set loop_value = it.name %}{% include 'part.html' %}",
        "{{ _('a %(b)s', b=it.name) }}{{ ngettext('%(num)s <b>', '%(num)s <i>', it.number) }}{{ _('<q>') | safe }}",
        "{{ it.name ~ it.html }}{{ it.name | upper }}{{ (it.html or it.name) }}",
    ],
)
def test_a_template_says_what_it_would_say_in_jinjas_own_code(source: str) -> None:
    inner = {"name": "<b> & 'c'", "inner": {"name": "ok9"}}
    it = inner | {
        **{"html": Markup("<b>"), "number": 3, "none": None, "true": True, "plain": "plain", "half": 0.5},
        **{"inner": inner, "thing": Path("a/<b>"), "listed": [inner, {"name": ""}, inner | {"name": "2"}]},
    }
    quick = QuickEnvironment(Flask(__name__), loader=DictLoader(PARTS), autoescape=True)
    plain = Environment(loader=DictLoader(PARTS), autoescape=True)
    for environment in (quick, plain):
        environment.globals.update(_=lambda text, **values: text % values, ngettext=ngettext)
    assert quick.from_string(source).render(it=it) == plain.from_string(source).render(it=it)


def ngettext(singular: str, plural: str, num: int) -> str:
    return (singular if num == 1 else plural) % {"num": num}
