"""Selective streams: what their user follows comes whole, all else in brief or not at all; on a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests import services
from tests.unit.stream_reader import Reader
from widget.realtime.events import Event
from widget.realtime.following import MOST
from widget.realtime.hub import Hub
from widget.realtime.log import MANY, Entry, Log


@pytest.fixture
def hubs(redis: Redis, log: Log) -> Iterator[list[Hub]]:
    """The hubs of two processes."""
    found = [Hub(redis, log), Hub(redis, log)]
    yield found
    for hub in found:
        hub.close()


def publish(log: Log, users: list[str], topic: str, number: int) -> None:
    """A message of a topic, and what is only for those who have it before them, and what has no topic."""
    events = [
        Event(f"{topic} {number}", type="message", topic=topic, brief=f"{topic} {number} in brief"),
        Event(f"{topic} {number} typing", type="typing", topic=topic, fleeting=True),
        Event(f"{topic} {number} entry", type="conversation"),
    ]
    log.append(Entry(user, event.encode(), event.fleeting) for user in users for event in events)


def got(reader: Reader, last: str) -> list[str]:
    services.wait_for(lambda: reader.texts()[-1:] == [last], last)
    return reader.texts()


@pytest.mark.parametrize("colleagues", [0, MANY])
def test_a_selective_stream_has_whole_what_its_user_follows_in_every_process_and_when_it_comes_back(
    hubs: list[Hub], log: Log, user: str, colleagues: int
) -> None:
    users = [user, *(f"{user}-{number}" for number in range(colleagues))]
    start = log.tail(user)
    selective = [Reader(hub, user, is_selective=True) for hub in hubs]
    program = Reader(hubs[0], user)
    publish(log, users, "a", 1)
    assert hubs[1].following.follow(user, log.channel(user), "a") is True
    assert hubs[0].following.follow(user, log.channel(user), "a") is False
    publish(log, users, "a", 2)
    publish(log, users, "b", 3)
    live = ["a 1 in brief", "a 1 entry", "a 2", "a 2 typing", "a 2 entry", "b 3 in brief", "b 3 entry"]
    for reader in selective:
        assert got(reader, "b 3 entry") == live
    assert "in brief" not in str(got(program, "b 3 entry"))
    again = Reader(hubs[0], user, start, is_selective=True)
    assert got(again, "b 3 entry") == ["a 1", "a 1 entry", "a 2", "a 2 entry", "b 3 in brief", "b 3 entry"]


def test_a_user_follows_the_topics_named_last(hubs: list[Hub], log: Log, user: str) -> None:
    following = hubs[0].following
    for topic in ["first", "again", *(f"t{number}" for number in range(MOST - 2)), "again", "more"]:
        following.follow(user, log.channel(user), topic)
    assert following.topics(user) == {"again", "more", *(f"t{number}" for number in range(MOST - 2))}
    reader = Reader(hubs[0], user, is_selective=True)
    publish(log, [user], "first", 1)
    publish(log, [user], "again", 2)
    assert got(reader, "again 2 entry")[:3] == ["first 1 in brief", "first 1 entry", "again 2"]
