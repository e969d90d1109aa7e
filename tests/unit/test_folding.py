"""What counts as the same text for somebody who searches."""

from __future__ import annotations

import pytest

from widget.text.folding import fold, locate

ALIKE = [
    ("é", "e\u0301"),
    ("É", "e"),
    ("Straße", "STRASSE"),
    ("İstanbul", "istanbul"),
    ("ＡＢＣ", "abc"),  # full width
    ("ﬁnal", "final"),
    ("Ёлка", "елка"),
    ("Ελλάς", "ελλασ"),
    ("한국", "한국"),
    ("İ", "i"),
    ("  two \n words\t", "two words"),
    ("Ａ́", "a"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_these_are_the_same_for_a_search(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("заказ", "zakaz"), ("я", "а"), ("我", "他"), ("ı", "l")])
def test_these_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("A blue Teapot, please", "TEAPOT", "Teapot"),
        ("un café noir", "cafe", "café"),
        ("un cafe\u0301 noir", "café", "cafe\u0301"),
        ("die Straße dort", "strasse", "Straße"),
        ("请给我退款谢谢", "退款", "退款"),
        ("a\n\nb", "a b", "a\n\nb"),
    ],
)
def test_what_was_found_is_marked_as_it_was_written(text: str, wanted: str, found: str) -> None:
    begin, end = locate(text, fold(wanted))
    assert text[begin:end] == found


@pytest.mark.parametrize(("text", "wanted"), [("a cup", "teapot"), ("", "x"), ("a cup", "")])
def test_what_is_not_there_is_nowhere(text: str, wanted: str) -> None:
    assert locate(text, fold(wanted)) == (-1, -1)
