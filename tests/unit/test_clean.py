"""What nobody can see goes, what scripts and emoji need stays: in messages, names, titles and names of files."""

from __future__ import annotations

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.unit.invisible import FILE_NAMES, LINES, TEXTS
from widget.text import clean


@pytest.mark.parametrize(("given", "kept"), TEXTS)
def test_a_text_keeps_what_can_be_seen(given: str, kept: str) -> None:
    assert clean.text(given) == kept


@pytest.mark.parametrize(("given", "kept"), LINES)
def test_a_name_is_one_line_that_reads_in_one_direction(given: str, kept: str) -> None:
    assert clean.line(given) == kept


@pytest.mark.parametrize(("given", "kept"), FILE_NAMES)
def test_a_file_keeps_its_name_and_loses_its_folders(given: str, kept: str) -> None:
    assert clean.file_name(given) == kept


@seed(10)
@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_whatever_comes_is_clean_after_once(words: str) -> None:
    text, line, name = clean.text(words), clean.line(words), clean.file_name(words)
    assert clean.text(text) == text
    assert clean.line(line) == line
    assert clean.file_name(name) == name
    for kept in (text, line, name):
        kept.encode()  # no half characters
        assert clean.is_printable(kept)
        assert not kept or not clean.is_blank(kept)
    assert "\n" not in line + name
    assert "/" not in name


@seed(11)
@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0\u2800"),
        max_size=60,
    )
)
def test_what_is_plainly_visible_stays_to_the_letter(words: str) -> None:
    assert clean.text(words) == (words if words.strip() else "")
