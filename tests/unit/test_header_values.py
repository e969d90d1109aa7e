"""Words of people in headers: whatever they are, the header holds, is ASCII, and means what they wrote."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from widget.web import header_values

EXACT = [
    ("a.txt", 'inline; filename="a.txt"'),
    ("two words.pdf", 'inline; filename="two words.pdf"'),
    ("früh.jpg", "inline; filename=\"fruh.jpg\"; filename*=UTF-8''fr%C3%BCh.jpg"),
    ("фото.jpg", "inline; filename=\"____.jpg\"; filename*=UTF-8''%D1%84%D0%BE%D1%82%D0%BE.jpg"),
    ("plan – v2.pdf", "inline; filename=\"plan _ v2.pdf\"; filename*=UTF-8''plan%20%E2%80%93%20v2.pdf"),
    ("😀.png", "inline; filename=\"_.png\"; filename*=UTF-8''%F0%9F%98%80.png"),
    ('say "hi".txt', "inline; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt"),
    ("100%.txt", "inline; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
    ("it's (1).txt", 'inline; filename="it\'s (1).txt"'),
]


@pytest.mark.parametrize(("name", "header"), EXACT)
def test_a_name_is_written_as_the_standard_says(name: str, header: str) -> None:
    assert header_values.content_disposition("inline", name) == header


@seed(8187)
@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_makes_one_header_of_ascii_that_means_it(name: str) -> None:
    header = header_values.content_disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    kind, options = parse_options_header(header)
    assert kind == "attachment"
    subject = EmailMessage()
    subject["Subject"] = header_values.mail(name)
    assert "\n" not in subject["Subject"]
    assert len(subject["Subject"]) <= 150
    # Half a surrogate pair has no encoding; everything else comes back to the letter.
    assert options.get("filename", "") == name.encode("utf-8", "replace").decode()
