"""What a subscriber is given before it is live: the past from the log and what was announced meanwhile, as one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from widget.realtime.events import ReceivedEvent
from widget.realtime.log import position


def in_order(
    past: Sequence[ReceivedEvent], held: Sequence[ReceivedEvent], seen: tuple[int, int]
) -> Iterator[ReceivedEvent]:
    """What the log had after `seen` and what was announced while it was read: in the order of publishing, each once.

    A fleeting event has no id of its own, but was announced right before the next one that has: a tab must not be
    told that somebody is typing after it was given the message.
    """
    rest, fleeting = deque(past), list[ReceivedEvent]()
    known = position(past[-1].event_id) if past else seen
    for received in held:
        if not received.event_id:
            fleeting.append(received)
            continue
        here = position(received.event_id)
        while rest and position(rest[0].event_id) < here:
            yield rest.popleft()
        yield from fleeting
        fleeting.clear()
        if here > known:
            yield received
    yield from rest
    yield from fleeting
