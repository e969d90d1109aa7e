"""What a tab is given before it is live: the past from the log and what was announced meanwhile, as one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from widget.stream.events import Arrival
from widget.stream.log import position


def in_order(past: Sequence[Arrival], held: Sequence[Arrival], seen: tuple[int, int]) -> Iterator[Arrival]:
    """What the log had after `seen` and what was announced while it was read: in the order of publishing, each once.

    A fleeting event has no id of its own, but was announced right before the next one that has: a tab must not be
    told that somebody is typing after it was given the message.
    """
    rest, fleeting = deque(past), list[Arrival]()
    known = position(past[-1].event_id) if past else seen
    for arrival in held:
        if not arrival.event_id:
            fleeting.append(arrival)
            continue
        here = position(arrival.event_id)
        while rest and position(rest[0].event_id) < here:
            yield rest.popleft()
        yield from fleeting
        fleeting.clear()
        if here > known:
            yield arrival
    yield from rest
    yield from fleeting
