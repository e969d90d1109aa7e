"""The services are started once for all tests of a process; every test makes people of its own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests import api, services

T = TypeVar("T")


class Kept(ExitStack):
    """Services that stay until the last test, by name.

    pytest ends a fixture with parameters when a test wants it with another one. Each process of the tests takes one
    file after the other, each on SQLite and then on PostgreSQL: it would start two servers for every file.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What was made under this name, or is made now."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made


@pytest.fixture(autouse=True)
def _streams_end() -> Iterator[None]:
    """No stream outlives the test that opened it: who listens is there, and has got what others write later."""
    before = set(api.Stream.left_open)
    yield
    for stream in api.Stream.left_open - before:
        stream.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[services.RedisServer]:
    with services.closing(services.RedisServer()) as server:
        yield server


@pytest.fixture(scope="session")
def kept(redis_server: services.RedisServer) -> Iterator[Kept]:
    """What the tests of a process share, whatever of it they come back to; what was started last ends first."""
    with Kept() as kept:
        yield kept


@pytest.fixture(scope="session")
def postgres(kept: Kept) -> services.PostgresServer:
    return kept.once("PostgreSQL", lambda: kept.enter_context(services.closing(services.PostgresServer())))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever uses a database runs once on each kind, or only on the stricter one."""
    if "database_url" in metafunc.fixturenames:
        any_kind = metafunc.definition.get_closest_marker("any_database")
        kinds = ["postgresql"] if any_kind else ["sqlite", "postgresql"]
        metafunc.parametrize("database_url", kinds, indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Files of each folder spread over the whole: browsers have the processors while others wait for something."""
    files = list(dict.fromkeys(item.path for item in items))
    yield  # pytest puts together what shares a database
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file)
    place = {file: (index + 0.5) / len(folder) for folder in folders.values() for index, file in enumerate(folder)}
    items.sort(key=lambda item: place[item.path])  # the order within a file stays


def pytest_collection_finish() -> None:
    """Thousands of tests, and what is imported for them, stay to the end: nobody needs to look for garbage there."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes an empty database of a kind (sqlite or postgresql), and returns its address."""

    def new(kind: str) -> str:
        if kind == "postgresql":
            url: str = request.getfixturevalue("postgres").database()
            return url
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/chat.db"

    return new


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, kept: Kept, new_database: Callable[[str], str]) -> str:
    """A database of the kind that the test is run on."""
    return kept.once(request.param, lambda: new_database(request.param))


@pytest.fixture(scope="session")
def server(
    kept: Kept, redis_server: services.RedisServer, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> services.ChatServer:
    """The chat, once on SQLite and once on PostgreSQL."""

    def start() -> services.ChatServer:
        environ = {"IDENTITY_SECRET": "s" * 32, "STORAGE_URL": f"file:{tmp_path_factory.mktemp('files')}"}
        environ |= {"PUSH_PRIVATE": "on", "MAIL_FROM": "chat@example.com"}  # push services of the tests' own
        chat = services.ChatServer(redis_server.database(), database_url, MAX_UPLOAD_MB="2", **environ)
        return kept.enter_context(services.closing(chat))

    return kept.once(f"server on {database_url}", start)
