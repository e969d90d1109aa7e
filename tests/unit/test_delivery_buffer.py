"""What the streams tell, gathered and written down: with a real Redis, and `chat/` taken down in a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, current_app
from redis import Redis
from sqlalchemy.exc import OperationalError

from tests import services
from tests.unit.stream_reader import Reader
from widget.broadcast import delivery_buffer
from widget.broadcast.delivery_buffer import DeliveryBuffer
from widget.realtime import hub as hub_module
from widget.realtime.events import Event
from widget.realtime.hub import Hub
from widget.realtime.log import Entry, Log

AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)


class Chat:
    """Stands in for `chat/`: keeps its calls, after `meanwhile` has happened, which may fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def recorder(self, name: str) -> Callable[[Any], None]:
        def record(what: Any) -> None:
            assert current_app.name == "buffer"
            self.meanwhile()
            self.calls.append((name, what))

        return record


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    found = Chat()
    monkeypatch.setattr(delivery_buffer.receipts, "mark_delivered", found.recorder("delivered"))
    monkeypatch.setattr(delivery_buffer.presence, "connected", found.recorder("arrived"))
    monkeypatch.setattr(delivery_buffer.presence, "disconnected", found.recorder("departed"))
    return found


@pytest.fixture
def notes(log: Log, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> DeliveryBuffer:
    """One whose loop the test does not wait for: it settles itself."""
    monkeypatch.setattr(delivery_buffer, "PAUSE", 3600)
    return DeliveryBuffer(Flask("buffer"), log)


@pytest.fixture
def listen(redis: Redis, log: Log) -> Iterator[Callable[[str], None]]:
    """Lets somebody listen for a user."""
    with redis.pubsub() as elsewhere:

        def listen(user_id: str) -> None:
            elsewhere.subscribe(log.channel(user_id))
            services.wait_for(lambda: log.listened_to([user_id]), "the subscription")

        yield listen


DATABASE_AWAY = OperationalError("SELECT 1", {}, Exception("the database is away"))


def test_of_what_was_taken_the_highest_number_of_each_user_and_conversation_counts(
    notes: DeliveryBuffer, chat: Chat
) -> None:
    for user, about in [("a", "x:9"), ("a", "x:10"), ("a", "x:8"), ("a", "y:1"), ("b", "x:2")]:
        notes.delivered(user, about)
    assert notes.settle() == 3
    assert chat.calls == [("delivered", {("a", "x"): 10, ("a", "y"): 1, ("b", "x"): 2})]
    assert notes.settle() == 0
    assert len(chat.calls) == 1


@pytest.mark.parametrize("about", ["", ":", "x", "x:", ":1", "x:-1", "x:1.5", "x:y"])
def test_a_note_about_something_else_is_left_alone(about: str, notes: DeliveryBuffer, chat: Chat) -> None:
    notes.delivered("a", about)
    assert notes.settle() == 0
    assert chat.calls == []


def test_who_came_has_arrived_unless_nobody_listens_for_them_any_more(
    notes: DeliveryBuffer, chat: Chat, user: str, listen: Callable[[str], None]
) -> None:
    listen(user)
    notes.connected(user)
    notes.connected("already-gone")
    assert notes.settle() == 1
    assert chat.calls == [("arrived", {user})]


def test_who_went_has_departed_unless_another_process_listens_for_them(
    notes: DeliveryBuffer, chat: Chat, user: str, listen: Callable[[str], None]
) -> None:
    listen(user)
    notes.disconnected(user, AT)
    notes.disconnected("gone", AT)
    notes.disconnected("gone-too", LATER)
    assert notes.settle() == 2
    assert chat.calls == [("departed", {"gone": AT, "gone-too": LATER})]


def test_the_last_word_on_a_user_counts(
    notes: DeliveryBuffer, chat: Chat, user: str, listen: Callable[[str], None]
) -> None:
    listen(user)
    notes.disconnected(user, AT)
    notes.connected(user)
    notes.connected("gone")
    notes.disconnected("gone", AT)
    assert notes.settle() == 2
    assert chat.calls == [("arrived", {user}), ("departed", {"gone": AT})]


def test_a_database_that_is_away_loses_nothing_that_was_taken(notes: DeliveryBuffer, chat: Chat) -> None:
    def fail() -> None:
        notes.delivered("a", "x:3")
        notes.delivered("a", "y:2")
        raise DATABASE_AWAY

    chat.meanwhile = fail
    notes.delivered("a", "x:7")
    notes.delivered("a", "y:1")
    notes.disconnected("gone", AT)
    with pytest.raises(OperationalError):
        notes.settle()
    chat.meanwhile = lambda: None
    assert notes.settle() == 3
    assert chat.calls == [("delivered", {("a", "x"): 7, ("a", "y"): 2}), ("departed", {"gone": AT})]


def test_a_database_that_is_away_loses_nobody_who_came_or_went_and_the_last_word_counts(
    notes: DeliveryBuffer, chat: Chat, user: str, listen: Callable[[str], None]
) -> None:
    def fail() -> None:
        notes.disconnected("gone-again", LATER)
        raise DATABASE_AWAY

    listen(user)
    chat.meanwhile = fail
    notes.connected(user)
    notes.disconnected("gone", AT)
    notes.disconnected("gone-again", AT)
    with pytest.raises(OperationalError):
        notes.settle()
    chat.meanwhile = lambda: None
    assert notes.settle() == 3
    assert chat.calls == [("arrived", {user}), ("departed", {"gone": AT, "gone-again": LATER})]


def test_when_a_thousand_leave_at_once_they_are_seen_off_a_few_at_a_time_and_a_failure_loses_none(
    notes: DeliveryBuffer, chat: Chat
) -> None:
    users = [f"u{number}" for number in range(1000)]
    for user in users:
        notes.disconnected(user, AT)

    def fail_when_half_are_gone() -> None:
        if len(chat.calls) == 20:
            raise OperationalError("", {}, Exception("the disk is full"))

    chat.meanwhile = fail_when_half_are_gone
    with pytest.raises(OperationalError):
        notes.settle()
    chat.meanwhile = lambda: None
    assert notes.settle() == 500
    assert all(len(departed) <= 25 for _, departed in chat.calls)
    assert sorted(user for _, departed in chat.calls for user in departed) == sorted(users)


def test_a_redis_that_is_away_loses_no_note(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_buffer, "PAUSE", 0.02)
    with services.closing(services.RedisServer()) as server:
        server.stop()
        notes = DeliveryBuffer(Flask("buffer"), Log(Redis.from_url(server.url)))
        notes.disconnected("gone", AT)
        notes.delivered("a", "x:1")
        services.wait_for(lambda: ("delivered", {("a", "x"): 1}) in chat.calls, "what needs no Redis")
        server.start()
        services.wait_for(lambda: ("departed", {"gone": AT}) in chat.calls, "what does")


def test_the_loop_outlives_every_failure_and_says_once_that_the_database_is_away(
    log: Log, chat: Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(delivery_buffer, "PAUSE", 0.02)
    failures = iter([DATABASE_AWAY] * 3 + [ValueError("a mistake")])

    def fail_at_first() -> None:
        for error in failures:
            raise error

    chat.meanwhile = fail_at_first
    notes = DeliveryBuffer(Flask("buffer"), log)
    notes.delivered("a", "x:1")
    services.wait_for(lambda: "a mistake" in caplog.text, "the mistake")
    notes.delivered("a", "x:2")
    services.wait_for(lambda: ("delivered", {("a", "x"): 2}) in chat.calls, "what came after it")
    assert [(record.levelname, record.name) for record in caplog.records] == [
        ("WARNING", "widget.broadcast.delivery_buffer"),
        ("ERROR", "widget.broadcast.delivery_buffer"),
    ]
    assert "the database is away" in caplog.messages[0]
    assert "\n" not in caplog.messages[0]


def test_what_happens_at_a_hub_is_settled_a_moment_later(
    redis: Redis, log: Log, user: str, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GRACE", 0)
    hub = Hub(redis, log, DeliveryBuffer(Flask("buffer"), log))
    tab = Reader(hub, user)
    services.wait_for(lambda: ("arrived", {user}) in chat.calls, "the arrival", within=2)
    log.append([Entry(user, Event("hello", type="message", about="x:7").encode())])
    services.wait_for(lambda: ("delivered", {(user, "x"): 7}) in chat.calls, "the delivery", within=2)
    tab.subscriber.close()
    services.wait_for(lambda: chat.calls[-1][0] == "departed", "the departure", within=5)
    assert list(chat.calls[-1][1]) == [user]
    hub.close()


def test_while_there_is_too_much_to_do_nobody_is_told_who_is_here_and_afterwards_how_it_is(
    log: Log, chat: Chat, listen: Callable[[str], None], user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_buffer, "PAUSE", 3600)
    busy = [True]
    notes = DeliveryBuffer(Flask("buffer"), log, lambda: busy[0])
    listen(user)
    notes.disconnected(user, AT)
    notes.connected(user)
    notes.delivered(user, "x:1")
    assert notes.settle() == 1  # what is kept is written down all the same
    busy[0] = False
    assert notes.settle() == 1
    assert chat.calls == [("delivered", {(user, "x"): 1}), ("arrived", {user})]
