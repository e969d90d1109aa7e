"""An event on the wire: whatever its text holds, a browser that follows the standard gets exactly that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask_sse import Message
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.event_source import EventSource
from widget.realtime.events import Event, ReceivedEvent

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r :\u2028\u2029\x85\x0b\x0c\x00\ufeff"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def received(wire: bytes, size: int | None = None) -> EventSource:
    """What a browser makes of these bytes, in pieces of `size`."""
    source = EventSource()
    for start in range(0, len(wire), size or len(wire)):
        source.feed(wire[start : start + (size or len(wire))])
    return source


def normalized(text: str) -> str:
    """The wire has one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "  two spaces",
        "one\ntwo",
        "\n",
        "\n\n",
        "a\n",
        "a\u2028b\u2029c\x85d\x0be\x0cf",
        ": comment",
        "data: x",
    ],
)
def test_a_text_arrives_as_it_was_sent(text: str) -> None:
    assert [event.data for event in received(str(Event(text)).encode()).events] == [text]


@given(TEXT, st.sampled_from(["message", "receipt", None]))
def test_any_text_survives_the_wire(text: str, kind: str | None) -> None:
    source = received(str(Event(text, type=kind, id="7-1")).encode())
    [event] = source.events
    assert (event.type, event.data, event.last_event_id) == (kind or "message", normalized(text), "7-1")


@given(TEXT, JSON, st.booleans())
def test_any_event_survives_the_log_in_both_its_forms(text: str, shape: Any, as_json: bool) -> None:
    entry = Event(text, type="message", as_json=shape).encode()
    [event] = received(ReceivedEvent("1700000000000-3", entry).frame(as_json)).events
    assert (event.type, event.last_event_id) == ("message", "1700000000000-3")
    if as_json:
        assert json.loads(event.data) == (text if shape is None else shape)
    else:
        assert event.data == normalized(text)


@given(st.lists(TEXT, min_size=1, max_size=4), st.integers(1, 7))
def test_events_in_a_row_stay_apart_however_the_bytes_are_cut(texts: list[str], size: int) -> None:
    wire = b"".join(str(Event(text)).encode() for text in texts)
    assert [event.data for event in received(wire, size).events] == [normalized(text) for text in texts]


def test_what_is_not_a_text_arrives_as_json() -> None:
    [event] = received(str(Event({"a": [1, "\n"]})).encode()).events
    assert json.loads(event.data) == {"a": [1, "\n"]}


def test_half_a_surrogate_pair_does_not_break_the_stream() -> None:
    [event] = received(ReceivedEvent("1-1", Event("a\ud800b").encode()).frame(False)).events
    assert event.data == "a?b"


@given(TEXT, TEXT | st.none(), st.booleans())
def test_what_an_event_is_about_survives_the_log_and_is_never_sent(text: str, about: str | None, as_json: bool) -> None:
    received = ReceivedEvent("7-1", Event(text, type="message", about=about).encode())
    assert received.about == about
    assert received.frame(as_json) == ReceivedEvent("7-1", Event(text, type="message").encode()).frame(as_json)


@pytest.mark.parametrize("as_json", [True, False])
def test_an_event_that_is_not_logged_has_no_id_on_the_wire(as_json: bool) -> None:
    wire = ReceivedEvent("", Event("x", type="typing", as_json={}, fleeting=True).encode()).frame(as_json)
    assert wire == b"event: typing\ndata: " + (b"{}" if as_json else b"x") + b"\n\n"


def test_an_event_is_encoded_once_for_all_who_want_the_same_form_of_it() -> None:
    received = ReceivedEvent("7-1", Event("x", as_json={}).encode())
    for as_json in (True, False):
        assert received.frame(as_json) is received.frame(as_json)


def test_the_time_to_retry_is_told() -> None:
    assert received(str(Event("x", retry=1000)).encode()).reconnection_time == 1000


def test_an_event_is_a_message_of_flask_sse() -> None:
    event = Event("text", type="message", id="1", retry=2)
    assert isinstance(event, Message)
    assert event.to_dict() == Message("text", type="message", id="1", retry=2).to_dict()
