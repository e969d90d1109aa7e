"""Redis is only the wire: without it people still write, and with it back everybody has everything, once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
import redis

from tests import api, services
from tests.faults.processes import bodies, comes_back, nothing_is_unpublished
from widget.redis import TIMEOUT


@pytest.fixture(scope="module")
def own_redis() -> Iterator[services.RedisServer]:
    """A Redis that may be stopped without anybody else noticing."""
    with services.closing(services.RedisServer()) as server:
        yield server


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('lost')}/chat.db"


@pytest.fixture(scope="module")
def chat(own_redis: services.RedisServer, database: str) -> Iterator[services.ChatServer]:
    with services.closing(services.ChatServer(own_redis.url, database)) as server:
        yield server


@pytest.fixture(scope="module")
def neighbour(own_redis: services.RedisServer, database: str) -> Iterator[services.ChatServer]:
    """Another server of the same deployment."""
    with services.closing(services.ChatServer(own_redis.url, database)) as server:
        yield server


def test_what_is_written_while_redis_is_stopped_is_accepted_kept_and_published_later(
    own_redis: services.RedisServer, chat: services.ChatServer, database: str
) -> None:
    visitor, agent = api.visitor(chat.url), api.agent(chat)
    conversation = visitor.conversation
    streams = {"visitor": visitor.listen(), "agent": agent.listen()}
    assert visitor.send("before", conversation).status_code == 201
    for stream in streams.values():
        stream.next("message")

    own_redis.stop()
    for stream in streams.values():
        assert stream.ended.wait(services.PATIENCE), "a stream that can bring nothing is kept open"
    assert visitor.get("/w/stream").status_code == 503
    began = time.monotonic()
    answers = [visitor.send("one", conversation), agent.send("two", conversation), visitor.send("three", conversation)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert time.monotonic() - began < 5, "writing waits for a Redis that is not there"
    assert [message["body"] for message in visitor.history()] == ["before", "one", "two", "three"]
    assert not nothing_is_unpublished(database)

    own_redis.start()
    for person, who in ((visitor, "visitor"), (agent, "agent")):
        back = comes_back(person, streams[who].last_id)
        assert back.next("resync"), "the log is empty, and the tab was not told to reload"
        services.wait_for(lambda: nothing_is_unpublished(database), "the sweeper", within=5)
        assert visitor.send(f"for the {who}", conversation).status_code == 201
        services.wait_for(lambda: f"for the {who}" in bodies(back, conversation), "the next message")  # noqa: B023
    assert [message["body"] for message in agent.history(conversation)][:4] == ["before", "one", "two", "three"]


def test_the_sweeper_brings_what_was_left_to_whoever_listens_when_redis_is_back(
    own_redis: services.RedisServer, chat: services.ChatServer
) -> None:
    visitor = api.visitor(chat.url)
    conversation = visitor.conversation
    own_redis.stop()
    assert visitor.send("left over", conversation).status_code == 201
    own_redis.start()
    stream = comes_back(visitor, None)  # well within the sweeper's grace
    assert stream.next("message", within=5).data["body"] == "left over"
    assert visitor.send("and after it", conversation).status_code == 201
    services.wait_for(lambda: "and after it" in bodies(stream, conversation), "the next message")
    assert bodies(stream, conversation) == ["left over", "and after it"]


def test_whoever_listens_when_the_subscription_is_cut_comes_back_to_exactly_the_rest(
    own_redis: services.RedisServer, chat: services.ChatServer, neighbour: services.ChatServer
) -> None:
    visitor, agent = api.visitor(chat.url), api.agent(chat)
    elsewhere = api.Person(neighbour.url, visitor.headers)
    conversation = visitor.conversation
    people = [visitor, visitor, agent]
    streams = [person.listen() for person in people]
    assert elsewhere.send("before", conversation).status_code == 201
    for stream in streams:
        stream.next("message")

    (worker,) = chat.workers()
    os.kill(worker, signal.SIGSTOP)  # so that all of it happens before the worker can do anything about it
    try:
        assert redis.Redis.from_url(own_redis.url).client_kill_filter(_type="pubsub") >= 1
        missed = [f"missed {number}" for number in range(5)]
        for body in missed:
            assert elsewhere.send(body, conversation).status_code == 201
    finally:
        os.kill(worker, signal.SIGCONT)

    for stream in streams:
        assert stream.ended.wait(5), "a stream goes on as if it had missed nothing"
        assert bodies(stream, conversation) == ["before"]
    back = [comes_back(person, stream.last_id) for person, stream in zip(people, streams, strict=True)]
    assert visitor.send("after", conversation).status_code == 201
    for stream in back:
        services.wait_for(lambda: "after" in bodies(stream, conversation), "the next message")  # noqa: B023
        assert bodies(stream, conversation) == [*missed, "after"]
        assert not stream.of("resync")


def test_a_redis_that_hangs_delays_messages_and_loses_and_doubles_none(
    own_redis: services.RedisServer, chat: services.ChatServer
) -> None:
    visitor = api.visitor(chat.url)
    conversation = visitor.conversation
    stream = visitor.listen()
    os.kill(own_redis.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert visitor.send("into the silence", conversation).status_code == 201
        assert time.monotonic() - began < 2 * TIMEOUT, "writing waits for more than one timeout"
    finally:
        os.kill(own_redis.process.pid, signal.SIGCONT)
    database = chat.environ["DATABASE_URL"]
    services.wait_for(lambda: nothing_is_unpublished(database), "the sweeper")
    services.wait_for(lambda: visitor.send("and after it", conversation).status_code == 201, "the next message's way")
    if stream.ended.is_set():
        stream = comes_back(visitor, stream.last_id)
    services.wait_for(lambda: "and after it" in bodies(stream, conversation), "the next message")
    assert bodies(stream, conversation) == ["into the silence", "and after it"]
