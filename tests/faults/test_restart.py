"""A server that ends, by a word or by force, while people listen: they come back and have missed nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests import api, services
from tests.faults.processes import bodies, comes_back, nothing_is_unpublished

FORTY = [f"message {number}" for number in range(40)]


@pytest.fixture(scope="module")
def place(redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The Redis and the database of one deployment."""
    return redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('restart')}/chat.db"


@pytest.fixture(scope="module")
def ending(place: tuple[str, str]) -> Iterator[services.ChatServer]:
    with services.closing(services.ChatServer(*place)) as server:
        yield server


@pytest.fixture(scope="module")
def staying(place: tuple[str, str]) -> Iterator[services.ChatServer]:
    with services.closing(services.ChatServer(*place)) as server:
        yield server


@pytest.mark.parametrize("end", [services.ChatServer.kill, services.ChatServer.stop], ids=["killed", "stopped"])
def test_whoever_listens_to_a_server_that_is_restarted_misses_nothing(
    ending: services.ChatServer, staying: services.ChatServer, end: object
) -> None:
    visitor, agent = api.visitor(ending.url), api.agent(ending)
    elsewhere = api.Person(staying.url, visitor.headers)
    conversation = visitor.conversation
    people = [visitor, visitor, agent]
    streams = [person.listen() for person in people]
    assert elsewhere.send("before", conversation).status_code == 201
    for stream in streams:
        stream.next("message")

    assert callable(end)
    end(ending)
    for body in FORTY:
        assert elsewhere.send(body, conversation).status_code == 201
    for stream in streams:
        assert stream.ended.wait(5)
        assert bodies(stream, conversation) == ["before"]
    ending.start()

    back = [comes_back(person, stream.last_id) for person, stream in zip(people, streams, strict=True)]
    assert elsewhere.send("after", conversation).status_code == 201
    for stream in back:
        services.wait_for(lambda: "after" in bodies(stream, conversation), "the next message")  # noqa: B023
        assert bodies(stream, conversation) == [*FORTY, "after"]
        assert not stream.of("resync")


def test_a_server_with_streams_and_idle_connections_says_bye_and_is_gone_within_two_seconds(
    ending: services.ChatServer,
) -> None:
    visitor = api.visitor(ending.url)
    streams = [visitor.listen() for _ in range(6)]
    with requests.Session() as browser:  # keeps its connection open, as browsers do
        assert browser.get(f"{ending.url}/healthz", timeout=5).ok
        began = time.monotonic()
        ending.process.terminate()
        ending.process.wait(15)
        took = time.monotonic() - began
    assert took < 2, f"it took {took:.1f} s"
    for stream in streams:
        assert stream.ended.wait(1)
        assert stream.events[-1].type == "bye"
    ending.start()


class HeldUpServer(services.ChatServer):
    """A server without a sweeper, and with requests that never come to publishing what they have committed."""

    app = "tests.faults.held_up:app"


@pytest.mark.parametrize("whom", ["its master", "the worker"])
def test_a_worker_that_is_told_to_end_publishes_what_it_has_committed(
    redis_server: services.RedisServer, tmp_path: Path, whom: str
) -> None:
    place = (redis_server.database(), f"sqlite:///{tmp_path}/chat.db")
    with services.closing(HeldUpServer(*place)) as server:
        visitor = api.visitor(server.url)
        conversation = visitor.conversation
        stream = visitor.listen()
        with ThreadPoolExecutor() as crowd:
            sent = crowd.submit(visitor.send, "committed", conversation)
            services.wait_for(lambda: not nothing_is_unpublished(place[1]), "the commit")
            os.kill(server.process.pid if whom == "its master" else server.workers()[0], signal.SIGTERM)
            assert stream.ended.wait(services.PATIENCE)
            services.wait_for(lambda: nothing_is_unpublished(place[1]), "the message to be published")
            assert isinstance(sent.exception(), requests.RequestException)
    with services.closing(services.ChatServer(*place)) as after:
        again = comes_back(api.Person(after.url, visitor.headers), stream.last_id)
        services.wait_for(lambda: bodies(again, conversation) == ["committed"], "it on the stream")
        again.close()
