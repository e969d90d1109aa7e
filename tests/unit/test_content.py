"""What a message may offer, and what an answer may say: whatever does not fit is named by its path."""

from __future__ import annotations

from typing import Any

import pytest

from widget.chat.errors import Unprocessable
from widget.chat.messages import answers, content

OPTIONS: dict[str, Any] = {"type": "options", "options": [{"title": "Yes", "value": "y"}, {"title": "No"}]}
FIELD: dict[str, Any] = {"name": "mail", "label": "E-mail", "kind": "email", "required": True}
FORM: dict[str, Any] = {
    "type": "form",
    "title": "Feedback",
    "fields": [
        FIELD,
        {"name": "stars", "label": "How was it?", "kind": "rating"},
        {"name": "size", "label": "Size", "kind": "choice", "options": [{"title": "Large", "value": "l"}]},
        {"name": "many", "label": "How many", "kind": "number", "min": 1, "max": 9},
        {"name": "day", "label": "Day", "kind": "date", "min": "2030-01-01"},
        {"name": "why", "label": "Why", "kind": "text", "min": 3, "max": 10},
        {"name": "news", "label": "Newsletter", "kind": "checkbox"},
    ],
}
CARDS: dict[str, Any] = {
    "type": "cards",
    "cards": [
        {
            "title": "Teapot",
            "text": "For two.",
            "image": "https://example.com/t.png",
            "links": [{"title": "See it", "url": "https://example.com/t"}],
            "options": [{"title": "Buy", "value": "t"}],
        }
    ],
}


def test_what_fits_is_kept_and_stands_in_plain_text_too() -> None:
    kept = [content.check(it) for it in (OPTIONS, FORM, CARDS)]
    assert kept[0]["options"][1] == {"title": "No", "value": "No"}
    assert kept[1]["fields"][1]["max"] == 5
    assert [content.check(it) for it in kept] == kept
    assert [content.plain(it).splitlines()[:2] for it in kept] == [
        ["• Yes", "• No"],
        ["Feedback", "• E-mail"],
        ["Teapot", "For two."],
    ]


def _form(**changed: Any) -> dict[str, Any]:
    return {"type": "form", "title": "F", "fields": [FIELD | changed]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("options", "content"),
        ({}, "content.type"),
        ({"type": []}, "content.type"),
        ({"type": "poll"}, "content.type"),
        (OPTIONS | {"colour": "red"}, "content.colour"),
        (OPTIONS | {"options": []}, "content.options"),
        (OPTIONS | {"options": {}}, "content.options"),
        (OPTIONS | {"options": [{"title": str(it)} for it in range(21)]}, "content.options"),
        (OPTIONS | {"options": ["Yes"]}, "content.options[0]"),
        (OPTIONS | {"options": [{"title": " "}]}, "content.options[0].title"),
        (OPTIONS | {"options": [{"title": "Yes"}, {"title": "Yes"}]}, "content.options"),
        (OPTIONS | {"options": [{"title": "Yes"}, {"title": 7}]}, "content.options[1].title"),
        (OPTIONS | {"multiple": 1}, "content.multiple"),
        (_form(name="a b"), "content.fields[0].name"),
        (_form(name=None), "content.fields[0].name"),
        (_form(kind="colour"), "content.fields[0].kind"),
        (_form(kind="choice"), "content.fields[0].options"),
        (_form(options=[{"title": "a"}]), "content.fields[0].options"),
        (_form(min=1), "content.fields[0].min"),
        (_form(kind="number", min=3, max=2), "content.fields[0].max"),
        (_form(kind="number", max="9"), "content.fields[0].max"),
        (_form(kind="rating", max=99), "content.fields[0].max"),
        (_form(kind="date", min="soon"), "content.fields[0].min"),
        (_form(label="x" * 121), "content.fields[0].label"),
        (FORM | {"fields": [FIELD, FIELD]}, "content.fields"),
        (FORM | {"title": None}, "content.title"),
        ({"type": "cards", "cards": [{}]}, "content.cards[0].title"),
        ({"type": "cards", "cards": [{"title": "x", "image": "javascript:x"}]}, "content.cards[0].image"),
        (
            {"type": "cards", "cards": [{"title": "x", "links": [{"title": "x", "url": "x:y"}]}]},
            "content.cards[0].links[0].url",
        ),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(given: Any, path: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        content.check(given)
    assert refused.value.reason.startswith(f"{path} ")


def test_content_is_no_longer_than_its_limit() -> None:
    cards = [{"title": "x", "text": "x" * 1000, "options": [{"title": f"{it}" * 60} for it in range(20)]}] * 10
    with pytest.raises(Unprocessable, match="16000"):
        content.check({"type": "cards", "cards": cards})


@pytest.mark.parametrize(
    ("values", "path"),
    [
        (None, "values"),
        ({}, "values.mail"),
        ({"mail": "me"}, "values.mail"),
        ({"mail": "a@b.c", "more": 1}, "values.more"),
        ({"mail": "a@b.c", "stars": 6}, "values.stars"),
        ({"mail": "a@b.c", "stars": 0.5}, "values.stars"),
        ({"mail": "a@b.c", "size": "xl"}, "values.size"),
        ({"mail": "a@b.c", "size": ["l"]}, "values.size"),
        ({"mail": "a@b.c", "many": 0}, "values.many"),
        ({"mail": "a@b.c", "many": True}, "values.many"),
        ({"mail": "a@b.c", "day": "2029-12-31"}, "values.day"),
        ({"mail": "a@b.c", "day": "tomorrow"}, "values.day"),
        ({"mail": "a@b.c", "why": "x"}, "values.why"),
        ({"mail": "a@b.c", "why": "x" * 11}, "values.why"),
        ({"mail": "a@b.c", "news": "yes"}, "values.news"),
    ],
)
def test_a_form_takes_only_what_its_fields_can_hold(values: Any, path: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        answers.filled_in(content.check(FORM), values)
    assert refused.value.reason.startswith(f"{path} ")


def test_what_is_filled_in_is_told_in_words() -> None:
    kept = content.check(FORM)
    values = {"mail": "a@b.c", "stars": 4, "size": "l", "many": 2.5, "day": "2030-02-01", "news": True, "why": ""}
    chosen = answers.filled_in(kept, values)
    assert chosen["values"] == {name: value for name, value in values.items() if value != ""}
    assert answers.words(kept, chosen).splitlines() == [
        "E-mail: a@b.c",
        "How was it? 4 / 5",
        "Size: Large",
        "How many: 2.5",
        "Day: 2030-02-01",
        "Newsletter: yes",
    ]
