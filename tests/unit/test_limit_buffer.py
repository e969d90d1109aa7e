"""How often somebody writes is counted in the process, told to Redis a moment later, and shared through it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from limits import parse_many
from redis import Redis, RedisError

from tests import services
from widget.web import limit_buffer
from widget.web.limit_buffer import LimitBuffer

LIMITS = parse_many("5 per minute; 100 per hour")


@pytest.fixture
def connection(redis_server: services.RedisServer, monkeypatch: pytest.MonkeyPatch) -> Redis:
    monkeypatch.setattr(limit_buffer, "PAUSE", 3600)  # it is told when a test says so
    return Redis.from_url(redis_server.database())


def test_one_process_lets_through_exactly_what_the_limit_is_and_others_know_of_it_once_it_is_told(
    connection: Redis,
) -> None:
    one, other = LimitBuffer(connection), LimitBuffer(connection)
    assert other.spend(LIMITS, "messages", "ada")
    assert [one.spend(LIMITS, "messages", "ada") for _ in range(6)] == [True] * 4 + [False] * 2
    one.settle()
    other.settle()
    assert other.spend(LIMITS, "messages", "ada")  # it has not asked since: its own count is two
    other.settle()  # and now it has
    assert not other.spend(LIMITS, "messages", "ada")
    assert one.spend(LIMITS, "messages", "bo")
    assert 0 < connection.pttl(next(iter(connection.scan_iter("LIMITS:*ada*")))) <= 3_600_000


def test_without_redis_what_is_known_is_counted_on_and_told_later_and_the_window_ends_by_itself(
    connection: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = LimitBuffer(connection)
    assert buffer.spend(LIMITS, "messages", "cleo")
    with monkeypatch.context() as away:

        def refuse(*_given: object, **_options: object) -> None:
            raise RedisError

        away.setattr(buffer._redis, "eval", refuse)
        assert buffer.spend(LIMITS, "messages", "cleo")
        with pytest.raises(RedisError):
            buffer.settle()
    buffer.settle()
    assert {int(connection.get(it) or 0) for it in connection.scan_iter("LIMITS:*cleo*")} == {2}
    later = time.monotonic() + 61
    monkeypatch.setattr(limit_buffer, "time", SimpleNamespace(monotonic=lambda: later, sleep=time.sleep))
    assert buffer.spend(LIMITS, "messages", "cleo")
    assert {int(connection.get(it) or 0) for it in connection.scan_iter("LIMITS:*cleo*")} == {3}
