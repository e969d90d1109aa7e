"""People who talk to the shared server, and a second way of serving the same app."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import api, bots, services
from tests.conftest import Kept
from tests.web import team_setup


@pytest.fixture(autouse=True)
def _webhooks_end() -> Iterator[None]:
    """No webhook outlives its test."""
    yield
    bots.end_webhooks()


@pytest.fixture
def visitor(server: services.ChatServer) -> api.Person:
    """A new visitor."""
    return api.visitor(server.url)


@pytest.fixture
def stranger(server: services.ChatServer) -> api.Person:
    """Another new visitor."""
    return api.visitor(server.url)


@pytest.fixture
def ada(server: services.ChatServer) -> api.Person:
    """A new visitor with a name."""
    return api.visitor(server.url, name="Ada")


@pytest.fixture
def bob(server: services.ChatServer) -> api.Person:
    """Another one."""
    return api.visitor(server.url, name="Bob")


@pytest.fixture
def cleo(server: services.ChatServer) -> api.Person:
    """A third one."""
    return api.visitor(server.url, name="Cleo")


@pytest.fixture(scope="session")
def agent(kept: Kept, server: services.ChatServer) -> api.Person:
    """An agent of the team."""
    return kept.once(f"agent of {server.url}", lambda: api.agent(server))


@pytest.fixture
def ana(server: services.ChatServer) -> api.Person:
    """An agent whom only this test knows."""
    return team_setup.agent(server, "Ana")


@pytest.fixture
def ben(server: services.ChatServer) -> api.Person:
    """A colleague of hers."""
    return team_setup.agent(server, "Ben")


@pytest.fixture(scope="session")
def threaded(kept: Kept, server: services.ChatServer) -> str:
    """The address of the same app under a plain threaded server, where streams are generators."""

    def start() -> str:
        port = services.free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.threaded_server", str(port)],
            cwd=services.ROOT,
            env=server.environ | {"PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        kept.callback(process.wait)
        kept.callback(process.kill)
        url = f"http://127.0.0.1:{port}"
        services.wait_for(lambda: answers(url), "the threaded server")
        return url

    return kept.once(f"threaded beside {server.url}", start)


def answers(url: str) -> bool:
    """Whether a server answers at this address."""
    try:
        return api.Person(url).get("/healthz").ok
    except OSError:
        return False


@pytest.fixture(params=["gunicorn", "threaded"])
def streams(request: pytest.FixtureRequest, server: services.ChatServer) -> str:
    """The address to open streams at; whatever uses it runs on sockets taken over from gunicorn, and on generators."""
    if request.param == "gunicorn":
        return server.url
    url: str = request.getfixturevalue("threaded")
    return url


@pytest.fixture
def own_redis() -> Iterator[services.RedisServer]:
    """A Redis that only this test uses, and may stop."""
    with services.closing(services.RedisServer()) as redis:
        yield redis


@pytest.fixture
def own_server(own_redis: services.RedisServer, tmp_path: Path) -> Iterator[services.ChatServer]:
    """A server that only this test uses, and may stop."""
    with services.closing(services.ChatServer(own_redis.url, f"sqlite:///{tmp_path}/chat.db")) as chat:
        yield chat
