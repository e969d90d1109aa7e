"""Growth with data: what the same request costs in deployments of different sizes, side by side and in turn."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench import growth_data
from bench.peers import Chat
from tests import api, services
from widget import db, migrations

SIZES = {"a": (100, 2_000), "b": (10_000, 200_000), "c": (50_000, 1_000_000)}
"""How many conversations and messages."""

REPEATS = 15


class Deployment(NamedTuple):
    """A server with a database of one size, an agent, and a visitor with a conversation of their own."""

    agent: api.Person
    visitor: api.Person
    conversation: str


def _send(it: Deployment) -> object:
    return it.visitor.send("where is my parcel?", it.conversation, str(uuid.uuid4()))


WORK: dict[str, Callable[[Deployment], object]] = {
    "the inbox's page": lambda it: it.agent.get("/inbox?view=open", headers={"Accept": "text/html"}),
    "an agent's list, JSON": lambda it: it.agent.get("/w/conversations?view=all"),
    "search, rare word": lambda it: it.agent.get(f"/w/search?q={growth_data.RARE}"),
    "search, common word": lambda it: it.agent.get("/w/search?q=teapot"),
    "search, part of a word": lambda it: it.agent.get("/w/search?q=eapo"),
    "search, Russian": lambda it: it.agent.get("/w/search?q=посылка"),
    "search, Chinese": lambda it: it.agent.get("/w/search?q=退款"),
    "a conversation": lambda it: it.agent.get(f"/w/conversations/{it.conversation}"),
    "a message": _send,
}


def measure(sizes: list[str], postgresql: bool) -> dict[str, dict[str, float]]:
    """The median in milliseconds of each kind of work, by size."""
    took: dict[str, dict[str, list[float]]] = {what: {size: [] for size in sizes} for what in WORK}
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(services.closing(services.PostgresServer())) if postgresql else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        deployments = {}
        for size in sizes:
            url = postgres.database() if postgres else f"sqlite:///{folder}/{size}.db"
            deployments[size] = _deployment(stack, url, *SIZES[size])
        for _ in range(REPEATS):
            for what, work in WORK.items():
                for size, deployment in deployments.items():
                    began = time.perf_counter()
                    work(deployment)
                    took[what][size].append((time.perf_counter() - began) * 1000)
    return {what: {size: statistics.median(times) for size, times in of.items()} for what, of in took.items()}


def _deployment(stack: contextlib.ExitStack, url: str, conversations: int, messages: int) -> Deployment:
    engine = db.connect(url.replace("postgresql://", "postgresql+psycopg://"))
    migrations.upgrade(engine)
    growth_data.fill(engine, conversations, messages)
    engine.dispose()
    peer = stack.enter_context(Chat(url))
    assert isinstance(peer, Chat)
    visitor = api.visitor(peer.server.url)
    return Deployment(api.agent(peer.server), visitor, visitor.conversation)
