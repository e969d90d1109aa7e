"""What the hub tells its observer, on a real Redis: who connected, who disconnected, what was delivered."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests import services
from tests.unit.stream_reader import Reader
from widget.realtime import hub as hub_module
from widget.realtime.events import Event
from widget.realtime.hub import Hub, StreamsUnavailable
from widget.realtime.log import EVERYONE, Entry, Log, Past
from widget.realtime.subscriber import BACKLOG, GeneratorSubscriber


class Diary:
    """Keeps all notices."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str]] = []
        self.left: dict[str, datetime] = {}

    def connected(self, user_id: str) -> None:
        self.notices.append(("connected", user_id))

    def disconnected(self, user_id: str, at: datetime) -> None:
        self.notices.append(("disconnected", user_id))
        self.left[user_id] = at

    def delivered(self, user_id: str, about: str) -> None:
        self.notices.append((about, user_id))

    def of(self, user_id: str) -> list[str]:
        """What happened to one user."""
        return [what for what, who in self.notices if who == user_id]


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def hub(redis: Redis, log: Log, diary: Diary) -> Iterator[Hub]:
    """The hub of a process, and its watcher."""
    found = Hub(redis, log, diary)
    yield found
    found.close()


@pytest.fixture
def publish(log: Log, user: str) -> Callable[..., None]:
    """Publishes an event to the user that is about something."""

    def publish(about: str | None, text: str = "x", **options: Any) -> None:
        log.append([Entry(user, Event(text, about=about).encode(), **options)])

    return publish


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no tab has left at the next heartbeat."""
    monkeypatch.setattr(hub_module, "GRACE", 0)


def departs(hub: Hub, diary: Diary, user: str) -> None:
    """Waits until it would be known that a user had left who closed the last tab before this call."""
    Reader(hub, user).subscriber.close()
    services.wait_for(lambda: "disconnected" in diary.of(user), "a departure")


def test_a_user_comes_with_the_first_tab_and_goes_with_the_last(
    hub: Hub, diary: Diary, user: str, log: Log, no_grace: None
) -> None:
    tabs = [Reader(hub, user) for _ in range(3)]
    for tab in tabs[:2]:
        tab.subscriber.close()
    departs(hub, diary, "somebody")
    assert diary.of(user) == ["connected"]
    before = datetime.now(UTC)
    tabs[2].subscriber.close()
    after = datetime.now(UTC)
    services.wait_for(lambda: "disconnected" in diary.of(user), "the departure")
    tolerance = timedelta(milliseconds=50)
    assert before - tolerance <= diary.left[user] <= after + tolerance
    assert log.listened_to([user]) == set()  # so that it is plain who else listens
    Reader(hub, user)
    assert diary.of(user) == ["connected", "disconnected", "connected"]


def test_by_the_time_a_user_has_come_everybody_can_see_that_they_are_listened_to(
    redis: Redis, log: Log, user: str
) -> None:
    class Curious(Diary):
        def connected(self, user_id: str) -> None:
            self.notices += [("seen", each) for each in log.listened_to([user_id])]

    diary = Curious()
    hub = Hub(redis, log, diary)
    Reader(hub, user)
    assert diary.of(user) == ["seen"]
    hub.close()


def test_a_page_that_reloads_is_no_departure_and_is_listened_for_all_the_while(
    hub: Hub, diary: Diary, user: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub_module.GRACE == 5
    monkeypatch.setattr(hub_module, "GRACE", 1)
    first = Reader(hub, user)
    first.subscriber.close()
    assert log.listened_to([user]) == {user}
    again = Reader(hub, user)
    departs(hub, diary, "somebody")
    assert diary.of(user) == ["connected"]
    again.subscriber.close()
    gone = datetime.now(UTC)
    services.wait_for(lambda: "disconnected" in diary.of(user), "the departure")
    assert datetime.now(UTC) - gone >= timedelta(seconds=hub_module.GRACE)
    assert gone - diary.left[user] < timedelta(seconds=1)


@pytest.mark.usefixtures("no_grace")
def test_a_process_that_ends_reports_no_departure(hub: Hub, diary: Diary, user: str, redis: Redis, log: Log) -> None:
    tab, others = Reader(hub, user), Diary()
    hub.close()
    assert tab.ended()
    neighbour = Hub(redis, log, others)
    departs(neighbour, others, "somebody")  # as long as it would have taken
    assert diary.of(user) == ["connected"]
    services.wait_for(lambda: log.listened_to([user]) == set(), "the end of the subscription", within=1)
    neighbour.close()


def test_a_lost_subscription_is_no_departure_and_who_comes_back_is_listened_for_again(
    hub: Hub, diary: Diary, user: str, redis: Redis, publish: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GRACE", 1)
    tab, left = Reader(hub, user), Reader(hub, user + "-left")
    left.subscriber.close()
    redis.client_kill_filter(_type="pubsub")
    assert tab.ended()
    again = Reader(hub, user)
    publish("news")
    services.wait_for(lambda: again.source.events, "what is new")
    departs(hub, diary, "somebody")  # as long as it would have taken
    assert diary.of(user) == ["connected", "connected", "news"]
    assert diary.of(user + "-left") == ["connected"]


def test_a_stream_that_could_not_be_opened_is_nobodys_arrival_and_nobodys_departure(
    diary: Diary, no_grace: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SUBSCRIBE_TIMEOUT", 0.2)
    with services.closing(services.RedisServer()) as server, services.closing(Redis.from_url(server.url)) as redis:
        hub = Hub(redis, Log(redis), diary)
        Reader(hub, "first")
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(StreamsUnavailable):
            hub.open(GeneratorSubscriber("second", False, hub.forget), None)
        server.process.send_signal(signal.SIGCONT)
        monkeypatch.setattr(hub_module, "SUBSCRIBE_TIMEOUT", services.PATIENCE)
        departs(hub, diary, "third")
        hub.close()
    assert diary.notices == [("connected", "first"), ("connected", "third"), ("disconnected", "third")]


def test_what_several_tabs_are_given_at_once_is_taken_once(
    hub: Hub, diary: Diary, user: str, publish: Callable[..., None]
) -> None:
    tabs = [Reader(hub, user) for _ in range(3)]
    publish("first")
    publish(None)
    publish("second", fleeting=True)
    for tab in tabs:
        services.wait_for(lambda tab=tab: len(tab.source.events) == 3)  # type: ignore[misc]
    assert diary.of(user) == ["connected", "first", "second"]


def test_what_is_for_everyone_is_taken_once_by_each(hub: Hub, diary: Diary, log: Log) -> None:
    tabs = [Reader(hub, user) for user in ("first", "first", "second")]
    log.append([Entry(EVERYONE, Event("x", about="all").encode(), fleeting=True)])
    for tab in tabs:
        services.wait_for(lambda tab=tab: tab.source.events)  # type: ignore[misc]
    assert diary.of("first") == diary.of("second") == ["connected", "all"]


def test_what_nobody_was_there_for_is_taken_when_it_is_replayed(
    hub: Hub, diary: Diary, user: str, log: Log, publish: Callable[..., None]
) -> None:
    first, witness = Reader(hub, user), Reader(hub, "witness")
    first.subscriber.close()
    publish("missed")
    # "Now" is what this process has heard of; announcements come in order, so with this one it has heard of both.
    log.append([Entry("witness", Event("x").encode(), fleeting=True)])
    services.wait_for(lambda: witness.source.events, "the later announcement")
    fresh = Reader(hub, user)  # begins now and is not given the past
    assert diary.of(user) == ["connected"]
    fresh.subscriber.close()
    Reader(hub, user, first.source.last_event_id)
    assert diary.of(user) == ["connected", "missed"]


def test_what_comes_while_a_tab_catches_up_is_taken_when_the_tab_has_it(
    redis: Redis, user: str, diary: Diary, publish: Callable[..., None]
) -> None:
    class BusyLog(Log):
        def read(self, asked: Sequence[tuple[str, str | None]]) -> list[Past]:
            found = super().read(asked)
            publish("meanwhile")
            publish("at once", fleeting=True)
            services.wait_for(lambda: len(tab.held or []) == 2, "the announcements")
            assert diary.notices == []
            return found

    hub = Hub(redis, BusyLog(redis), diary)
    tab = GeneratorSubscriber(user, False, hub.forget)
    hub.open(tab, None)
    assert diary.of(user) == ["connected", "meanwhile", "at once"]
    hub.close()


def test_an_event_that_cuts_a_slow_tab_off_is_not_taken(
    hub: Hub, diary: Diary, user: str, publish: Callable[..., None]
) -> None:
    slow = GeneratorSubscriber(user, False, hub.forget)
    hub.open(slow, None)
    publish("too much", "x" * BACKLOG)
    services.wait_for(lambda: slow.closed, "the end of the slow tab")
    quick = Reader(hub, user)
    publish("small")
    services.wait_for(lambda: quick.source.events)
    assert diary.of(user) == ["connected", "small"]
