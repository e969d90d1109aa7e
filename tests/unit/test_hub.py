"""The hub on a real Redis, with tabs whose bytes are read by a browser's parser."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from redis import Redis

from tests import services
from tests.unit.stream_reader import Reader
from widget.realtime import hub as hub_module
from widget.realtime.events import Event
from widget.realtime.hub import Hub, StreamsUnavailable
from widget.realtime.log import EVERYONE, Entry, Log, Past
from widget.realtime.subscriber import BACKLOG, GeneratorSubscriber


@pytest.fixture
def hub(redis: Redis, log: Log) -> Iterator[Hub]:
    """The hub of a process."""
    found = Hub(redis, log)
    yield found
    found.close()


@pytest.fixture
def publish(log: Log, user: str) -> Callable[..., None]:
    """Publishes texts to the user."""

    def publish(*texts: str) -> None:
        log.append(Entry(user, Event(text, type="draft").encode()) for text in texts)

    return publish


def test_an_event_reaches_every_tab_of_its_user_and_nobody_elses(
    hub: Hub, user: str, publish: Callable[..., None], log: Log
) -> None:
    tabs, other = [Reader(hub, user) for _ in range(5)], Reader(hub, "somebody-else")
    publish("a", "b")
    log.append([Entry("somebody-else", Event("c", type="draft").encode())])
    for tab in tabs:
        services.wait_for(lambda tab=tab: len(tab.source.events) == 2, "two events")  # type: ignore[misc]
        assert tab.texts() == ["a", "b"]
    services.wait_for(lambda: other.source.events, "the other's event")
    assert other.texts() == ["c"]
    assert hub.subscribers == 6


def test_a_tab_that_comes_back_gets_what_it_missed_then_what_is_new(
    hub: Hub, user: str, publish: Callable[..., None]
) -> None:
    first = Reader(hub, user)
    publish("a")
    services.wait_for(lambda: first.source.events)
    first.subscriber.close()
    publish("b", "c")
    again = Reader(hub, user, first.source.last_event_id)
    publish("d")
    services.wait_for(lambda: len(again.source.events) == 3)
    assert again.texts() == ["b", "c", "d"]


def test_a_tab_that_comes_back_and_missed_nothing_is_there_without_asking_redis(
    redis: Redis, user: str, publish: Callable[..., None]
) -> None:
    class AskedLog(Log):
        reads = 0

        def read(self, asked: Sequence[tuple[str, str | None]]) -> list[Past]:
            self.reads += sum(last_id is not None for _, last_id in asked)
            return super().read(asked)

    log = AskedLog(redis)
    with contextlib.closing(Hub(redis, log)) as hub:
        first = Reader(hub, user)
        publish("a")
        services.wait_for(lambda: first.source.events)
        first.subscriber.close()
        again = Reader(hub, user, first.source.last_event_id)
        assert log.reads == 0
        publish("b")
        services.wait_for(lambda: again.source.events)
        assert again.texts() == ["b"]
        late = Reader(hub, user, first.source.last_event_id)
        services.wait_for(lambda: late.source.events)
        assert (late.texts(), log.reads) == (["b"], 1)


@pytest.fixture
def announce(log: Log, user: str) -> Callable[..., None]:
    """Publishes fleeting texts to the user."""

    def announce(*texts: str) -> None:
        log.append(Entry(user, Event(text, type="typing").encode(), fleeting=True) for text in texts)

    return announce


def test_a_fleeting_event_has_no_id_and_is_not_replayed(
    hub: Hub, user: str, publish: Callable[..., None], announce: Callable[..., None]
) -> None:
    tab = Reader(hub, user)
    start = tab.source.last_event_id
    announce("typing")
    services.wait_for(lambda: tab.source.events)
    assert tab.source.last_event_id == start
    publish("a")
    services.wait_for(lambda: len(tab.source.events) == 2)
    assert tab.texts() == ["typing", "a"]
    again = Reader(hub, user, start)
    services.wait_for(lambda: again.source.events)
    assert again.texts() == ["a"]


class BusyLog(Log):
    """A log in which something happens while a tab reads it, after its subscription and before its replay."""

    def __init__(self, redis: Redis, meanwhile: Callable[[], None]):
        super().__init__(redis)
        self.meanwhile = meanwhile

    def read(self, asked: Sequence[tuple[str, str | None]]) -> list[Past]:
        if any(last_id for _, last_id in asked):
            self.meanwhile()
        return super().read(asked)


def test_a_tab_that_is_catching_up_gets_a_typing_event_in_order(
    redis: Redis, log: Log, user: str, publish: Callable[..., None], announce: Callable[..., None]
) -> None:
    start = log.tail(user)
    publish("a")

    def meanwhile() -> None:
        publish("b")
        announce("typing")
        publish("c")
        announce("typing again")
        # The tab that is live shows that the one which is catching up was given all this, too.
        services.wait_for(lambda: live.texts()[-1:] == ["typing again"], "the announcements")

    hub = Hub(redis, BusyLog(redis, meanwhile))
    live = Reader(hub, user)
    tab = Reader(hub, user, start)
    services.wait_for(lambda: len(tab.source.events) >= 5)
    publish("d")
    services.wait_for(lambda: tab.texts()[-1] == "d")
    assert tab.texts() == ["a", "b", "typing", "c", "typing again", "d"]
    hub.close()


def test_an_announcement_that_lags_behind_is_not_given_twice_though_a_fleeting_event_came_in_between(
    hub: Hub, user: str, redis: Redis, log: Log, publish: Callable[..., None], announce: Callable[..., None]
) -> None:
    start = log.tail(user)
    publish("a")
    tab = Reader(hub, user, start)
    announce("typing")
    [(event_id, entry)] = log.after(user, start) or []
    redis.publish(log.channel(user), event_id.encode() + b"\n" + entry)
    publish("b")
    services.wait_for(lambda: tab.texts()[-1:] == ["b"])
    assert tab.texts() == ["a", "typing", "b"]


def test_an_event_for_everyone_reaches_every_tab_of_every_process(hub: Hub, redis: Redis, log: Log) -> None:
    neighbour = Hub(redis, log)
    tabs = [Reader(each, name) for each in (hub, neighbour) for name in ("first", "second", "second")]
    log.append([Entry(EVERYONE, Event("back soon", type="presence").encode(), fleeting=True)])
    for tab in tabs:
        services.wait_for(lambda tab=tab: tab.source.events)  # type: ignore[misc]
        assert tab.texts() == ["back soon"]
    neighbour.close()


OF_OTHER_RELEASES = (
    b"merged\n{}",
    b"merged %(user)s\n{}",
    b'9000000000001-0\n{"data":"a","type":"draft","as_json":{},"topic":"c","brief":"a","mood":"new"}\nc:1\nmore',
    b'9000000000002-0 somebody %(user)s\n{"data":"b","type":"draft"}',
    b' %(user)s\n{"data":"c","type":"typing"}',
)
"""What is announced while another release is rolled out: what this one has never heard of, and what the one before it
(125a58e) says."""


def test_what_only_a_later_release_knows_is_passed_over_and_what_the_one_before_says_is_understood(
    hub: Hub, redis: Redis, log: Log, user: str
) -> None:
    tab, announced = Reader(hub, user), [it % {b"user": user.encode()} for it in OF_OTHER_RELEASES]
    for each in announced:
        redis.publish(log.channel(EVERYONE if b" " + user.encode() in each else user), each)
    services.wait_for(lambda: len(tab.source.events) == 3, "three events")
    assert tab.texts() == ["a", "b", "c"]


@pytest.mark.parametrize("unknown", ["0-0", "garbage", "99999999999999-0"])
def test_a_tab_that_missed_too_much_is_told_to_reload_first(
    unknown: str, hub: Hub, user: str, publish: Callable[..., None]
) -> None:
    publish("a")
    tab = Reader(hub, user, unknown)
    publish("b")
    services.wait_for(lambda: len(tab.source.events) == 2)
    assert [(event.type, event.data) for event in tab.source.events] == [("resync", "reload"), ("draft", "b")]


def test_tabs_that_come_and_go_while_events_are_published_miss_none_and_get_none_twice(
    hub: Hub, redis: Redis, user: str, publish: Callable[..., None]
) -> None:
    """Two threads publish 240 events while three others open, leave and reopen tabs of the same user."""
    keeps_subscription = Reader(hub, user)
    began = keeps_subscription.source.last_event_id
    publishing = [threading.Thread(target=lambda: [publish("x") for _ in range(120)]) for _ in range(2)]
    visits: list[list[Reader]] = [[], [], []]

    def come_and_go(readers: list[Reader], seed: int) -> None:
        dice, last_id = random.Random(seed), None
        while any(thread.is_alive() for thread in publishing) or not readers:
            reader = Reader(hub, user, last_id)
            readers.append(reader)
            target = len(reader.source.events) + dice.randrange(12)
            services.wait_for(
                lambda r=reader, t=target: (
                    len(r.source.events) >= t  # type: ignore[misc]
                    or not any(thread.is_alive() for thread in publishing)
                )
            )
            reader.subscriber.close()
            assert reader.ended()
            last_id = reader.source.last_event_id

    visitors = [threading.Thread(target=come_and_go, args=(readers, i)) for i, readers in enumerate(visits)]
    for thread in (*publishing, *visitors):
        thread.start()
    for thread in (*publishing, *visitors):
        thread.join()
    kept = [entry_id.decode() for entry_id, _ in redis.xrange(f"chat:{{{user}}}:log", min=began)]
    assert len(kept) == 241
    services.wait_for(lambda: keeps_subscription.source.last_event_id == kept[-1], "the last event")
    assert [event.last_event_id for event in keeps_subscription.source.events] == kept[1:]
    for readers in visits:
        ids = [event.last_event_id for reader in readers for event in reader.source.events]
        assert "resync" not in {event.type for reader in readers for event in reader.source.events}
        assert len(ids) > 20
        start = kept.index(ids[0])
        assert ids == kept[start : start + len(ids)]  # one visit goes on where the one before ended


def test_a_tab_that_does_not_read_is_cut_off_and_the_others_get_everything(
    hub: Hub, user: str, publish: Callable[..., None]
) -> None:
    quick, slow = Reader(hub, user), GeneratorSubscriber(user, False, hub.forget)
    hub.open(slow, None)
    ballast = "x" * 30_000
    for number in range(20):
        publish(f"{number} {ballast}")
        services.wait_for(lambda n=number: len(quick.source.events) > n, "the quick tab to have it")  # type: ignore[misc]
        assert len(slow.backlog) <= BACKLOG + 2 * len(ballast)
    assert slow.closed
    assert not quick.subscriber.closed
    assert [text.partition(" ")[0] for text in quick.texts()] == [str(number) for number in range(20)]
    assert hub.subscribers == 1


def test_a_long_past_is_replayed_whole_though_it_is_longer_than_the_limit(
    hub: Hub, user: str, log: Log, publish: Callable[..., None]
) -> None:
    start = log.tail(user)
    publish(*("x" * 30_000 for _ in range(20)))
    tab = Reader(hub, user, start)
    services.wait_for(lambda: len(tab.source.events) == 20, "the whole past")
    assert not tab.subscriber.closed


def test_closing_tells_every_tab_goodbye_and_lets_no_more_in(hub: Hub, user: str) -> None:
    tabs = [Reader(hub, user) for _ in range(3)]
    hub.close()
    for tab in tabs:
        assert tab.ended()
        assert [event.type for event in tab.source.events] == ["bye"]
    assert hub.subscribers == 0
    with pytest.raises(StreamsUnavailable):
        hub.open(GeneratorSubscriber(user, False, hub.forget), None)


def test_any_number_of_tabs_and_users_is_one_subscription(hub: Hub, redis: Redis) -> None:
    def subscribers() -> int:
        return len(list(redis.client_list(_type="pubsub")))

    Reader(hub, "first")
    before = subscribers()
    for number in range(20):
        Reader(hub, f"user-{number}")
        Reader(hub, f"user-{number}")
    assert subscribers() == before


def test_users_whose_last_tab_has_gone_are_not_listened_to_any_more_and_can_come_back(
    hub: Hub, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GRACE", 0)

    def listened_to() -> set[str]:
        return {name.decode().partition("{")[2].partition("}")[0] for name in redis.pubsub_channels("chat:*:{user-*")}

    users = {f"user-{number}" for number in range(30)}
    for _ in range(2):
        tabs = [Reader(hub, user) for user in users for _ in range(2)]
        for tab in tabs[1:]:
            tab.subscriber.close()
        assert listened_to() >= {tabs[0].subscriber.user_id}
        services.wait_for(lambda first=tabs[0]: listened_to() == {first.subscriber.user_id}, "the subscriptions to end")  # type: ignore[misc]
        tabs[0].subscriber.close()
        services.wait_for(lambda: not listened_to(), "the last subscription to end")
    assert hub.subscribers == 0


def test_without_redis_no_stream_opens_and_with_redis_again_it_does(own_redis: services.RedisServer) -> None:
    redis = Redis.from_url(own_redis.url)
    hub = Hub(redis, Log(redis))
    tab = Reader(hub, "somebody")
    own_redis.stop()
    assert tab.ended()
    with pytest.raises(StreamsUnavailable):
        hub.open(GeneratorSubscriber("somebody", False, hub.forget), None)
    assert hub.subscribers == 0
    own_redis.start()
    again = Reader(hub, "somebody", tab.source.last_event_id)
    services.wait_for(lambda: again.source.events, "resync")
    assert again.source.events[0].type == "resync"
    hub.close()


@pytest.fixture
def own_redis() -> Iterator[services.RedisServer]:
    """A Redis that only this test uses, and may stop."""
    with services.closing(services.RedisServer()) as redis:
        yield redis
