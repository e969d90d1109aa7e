"""The services are started once for all tests of a process; every test makes people of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services


@pytest.fixture(scope="session")
def redis_server() -> Iterator[services.RedisServer]:
    with services.closing(services.RedisServer()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[services.PostgresServer]:
    with services.closing(services.PostgresServer()) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database; whatever uses it runs once on each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres").database()
        return url
    folder: Path = tmp_path_factory.mktemp("sqlite")
    return f"sqlite:///{folder}/chat.db"


@pytest.fixture(scope="session")
def server(
    redis_server: services.RedisServer, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    """The chat, once on SQLite and once on PostgreSQL."""
    environ = {"IDENTITY_SECRET": "s" * 32, "STORAGE_URL": f"file:{tmp_path_factory.mktemp('files')}"}
    environ |= {"PUSH_PRIVATE": "on", "MAIL_FROM": "chat@example.com"}  # push services of the tests' own
    with services.closing(
        services.ChatServer(redis_server.database(), database_url, MAX_UPLOAD_MB="2", **environ)
    ) as chat:
        yield chat
