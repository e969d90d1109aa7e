"""The log is the order: nobody is ever given a message after one with a higher number; see docs/order.md."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests import api, services
from tests.soak.listeners import Listeners
from tests.soak.writers import Writer, Writers

SECONDS = 6
"""For how long is written."""

LISTENERS = 60
WRITERS = 12
"""Each writes its next message as soon as the last one is acknowledged: more than two workers can do."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def chat(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> Iterator[services.ChatServer]:
    """Two workers of one deployment."""
    url = new_database(request.param)
    with services.closing(services.ChatServer(redis_server.database(), url, WEB_CONCURRENCY="2")) as server:
        yield server


def write_and_listen(chat: services.ChatServer, meanwhile: Callable[[], object]) -> tuple[Listeners, Writers]:
    """Two visitors and two agents write into two conversations, and listen, for as long as something is done."""
    visitors, agents = [api.visitor(chat.url) for _ in range(2)], [api.agent(chat) for _ in range(2)]
    conversations = [visitor.conversation for visitor in visitors]
    who = [(visitor, [theirs]) for visitor, theirs in zip(visitors, conversations, strict=True)]
    who += [(agent, conversations) for agent in agents]
    listeners = Listeners(who, chat.port, LISTENERS // len(who))
    services.wait_for(listeners.ready, "all streams")
    each = WRITERS // len(who)
    writers = Writers(Writer(person, chat.port, theirs) for person, theirs in who for _ in range(each))
    try:
        meanwhile()
    finally:
        writers.end()
    sent = writers.acknowledged
    assert sent
    services.wait_for(lambda: not listeners.lost(sent), "every acknowledged message on every stream", within=40)
    listeners.close()
    return listeners, writers


def for_some_seconds() -> None:
    threading.Event().wait(SECONDS)


def test_more_than_two_workers_can_do_reaches_every_stream_in_order_and_once(chat: services.ChatServer) -> None:
    listeners, writers = write_and_listen(chat, for_some_seconds)
    assert listeners.out_of_order() == []
    assert listeners.doubled() == []
    # 503 is for who would have to wait for too long.
    assert {status for writer in writers.all for status in writer.statuses} <= {200, 201, 204, 503}


def end_workers(chat: services.ChatServer) -> None:
    """End each worker in each way, in turn, for some seconds; gunicorn starts others."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for how in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            workers = services.wait_for(chat.workers, "a worker")
            with contextlib.suppress(ProcessLookupError):
                os.kill(chat.process.pid if how == signal.SIGHUP else random.choice(workers), how)
            threading.Event().wait(0.7)


def test_workers_that_end_while_everybody_writes_bring_nothing_out_of_order_and_lose_nothing(
    chat: services.ChatServer,
) -> None:
    listeners, writers = write_and_listen(chat, lambda: end_workers(chat))
    assert listeners.out_of_order() == []
    assert listeners.doubled() == []
    sent = [(it["conversation"], it["seq"]) for it in writers.acknowledged]
    assert len(sent) == len(set(sent))
