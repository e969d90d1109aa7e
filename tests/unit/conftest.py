"""A log on a real Redis, and users whom no other test knows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from redis import Redis

from tests import services
from widget.realtime.log import Log


@pytest.fixture(scope="module")
def redis(redis_server: services.RedisServer) -> Iterator[Redis]:
    """A part of Redis for the tests of one module."""
    with Redis.from_url(redis_server.database()) as connection:
        yield connection


@pytest.fixture
def log(redis: Redis) -> Log:
    """The logs of all users."""
    return Log(redis)


@pytest.fixture
def user() -> str:
    """The id of a user with an empty log."""
    return uuid.uuid4().hex[:16]
