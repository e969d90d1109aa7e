"""What the log had and what was announced while it was read, put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widget.realtime.events import Event, ReceivedEvent
from widget.realtime.log import position
from widget.realtime.replay import in_order

PLACES = st.integers(0, 12)


def happened(fleeting: list[bool]) -> list[ReceivedEvent]:
    """Events in the order of publishing; an id tells the place, and a fleeting event has none."""
    return [
        ReceivedEvent("" if it else f"7-{place}", Event(str(place)).encode()) for place, it in enumerate(fleeting, 1)
    ]


@given(st.lists(st.booleans(), min_size=12, max_size=12), PLACES, st.lists(PLACES, min_size=3, max_size=3).map(sorted))
def test_past_and_present_come_in_the_order_of_publishing_and_each_once(
    fleeting: list[bool], seen: int, steps: list[int]
) -> None:
    events = happened(fleeting)
    subscribed, read, announced = steps  # how many had been published by then
    seen = min(seen, read)
    past = [event for event in events[seen:read] if event.event_id]
    held = events[subscribed:announced]
    found = list(in_order(past, held, position(f"7-{seen}")))
    assert [event.frame(False) for event in found] == [
        event.frame(False)
        for place, event in enumerate(events[:announced])
        if place >= (seen if event.event_id else subscribed)
    ]


def test_an_announcement_that_lags_behind_the_log_costs_no_event() -> None:
    first, typing, second = happened([False, True, False])
    assert list(in_order([first, second], [typing], (7, 0))) == [first, second, typing]
