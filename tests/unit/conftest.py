"""A log on a real Redis, users whom no other test knows, and an app in this process."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from tests import services
from tests.unit.app_here import app_here
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


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    """More variables for the app of this module, where it needs some."""
    return {}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app_context(
    request: pytest.FixtureRequest,
    redis_server: services.RedisServer,
    new_database: Callable[[str], str],
    environ: dict[str, str],
) -> Iterator[None]:
    """An app in this process, with a database of its own, once of each kind."""
    own = {"REDIS_URL": redis_server.database(), "DATABASE_URL": new_database(request.param)}
    with app_here(environ | own):
        yield
