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

import requests

from bench import growth_data
from bench.peers import Chat
from tests import api, services
from widget import db, migrations

SIZES = {"a": (100, 2_000), "b": (10_000, 200_000), "c": (50_000, 1_000_000)}
"""How many conversations and messages."""

TURNS, REPEATS = 3, 20
"""So many times altogether that one that had to wait is no percentile of its own; by another agent in each turn, since
nobody may search more often in a minute."""

Took = dict[str, dict[str, list[float]]]
"""The milliseconds of each time, by kind of work and size."""


class Deployment(NamedTuple):
    """A server with a database of one size, an agent, and a visitor with a conversation of their own."""

    server: services.ChatServer
    agent: api.Person
    visitor: api.Person
    conversation: str


def _send(it: Deployment) -> requests.Response:
    return it.visitor.send("where is my parcel?", it.conversation, str(uuid.uuid4()))


WORK: dict[str, Callable[[Deployment], requests.Response]] = {
    "the inbox's page": lambda it: it.agent.get("/inbox?view=all", headers={"Accept": "text/html"}),
    "an agent's list, JSON": lambda it: it.agent.get("/w/conversations?view=all"),
    "search, rare word": lambda it: it.agent.get(f"/w/search?q={growth_data.RARE}"),
    "search, common word": lambda it: it.agent.get("/w/search?q=teapot"),
    "search, part of a word": lambda it: it.agent.get("/w/search?q=eapo"),
    "search, Russian": lambda it: it.agent.get("/w/search?q=посылка"),
    "search, Chinese": lambda it: it.agent.get("/w/search?q=退款"),
    "numbers of a week": lambda it: it.agent.get("/inbox/settings/numbers?period=week"),
    "numbers of a quarter": lambda it: it.agent.get("/inbox/settings/numbers?period=quarter"),
    "a conversation": lambda it: it.agent.get(f"/w/conversations/{it.conversation}"),
    "a message": _send,
}


def measure(sizes: list[str], postgresql: bool) -> Took:
    """Make a deployment of each size; how long each kind of work takes in them, by size, in turn."""
    with contextlib.ExitStack() as stack:
        return compare(deployments(stack, sizes, postgresql))


def deployments(stack: contextlib.ExitStack, sizes: list[str], postgresql: bool) -> dict[str, Deployment]:
    """A deployment of each size, side by side until the stack ends."""
    postgres = stack.enter_context(services.closing(services.PostgresServer())) if postgresql else None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    urls = {size: postgres.database() if postgres else f"sqlite:///{folder}/{size}.db" for size in sizes}
    for size, url in urls.items():
        _fill(url, *SIZES[size])
    return {size: _deployment(stack, url) for size, url in urls.items()}


def compare(deployments: dict[str, Deployment]) -> Took:
    """How long each kind of work takes in these deployments, by size, in turn."""
    took: Took = {what: {size: [] for size in deployments} for what in WORK}
    for _ in range(TURNS):
        asked = {size: it._replace(agent=api.agent(it.server)) for size, it in deployments.items()}
        for number in range(REPEATS + 1):
            for what, work in WORK.items():
                for size, deployment in asked.items():
                    began = time.perf_counter()
                    answer = work(deployment)
                    milliseconds = (time.perf_counter() - began) * 1000
                    answer.raise_for_status()
                    if number:  # the first time, what the process keeps is put together
                        took[what][size].append(milliseconds)
    return took


def figures(by_size: dict[str, list[float]]) -> dict[str, float]:
    """Of one kind of work: the median and the 95th percentile of each size, and their ratios to the smallest one."""
    found: dict[str, float] = {}
    for size, times in by_size.items():
        found[f"{size}_ms"], found[f"{size}_p95_ms"] = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        if size != "a":
            found |= {f"{size}_to_a": found[f"{size}_ms"] / found["a_ms"]}
            found |= {f"{size}_p95_to_a": found[f"{size}_p95_ms"] / found["a_p95_ms"]}
    return found


def _fill(url: str, conversations: int, messages: int) -> None:
    engine = db.connect(url.replace("postgresql://", "postgresql+psycopg://"))
    migrations.upgrade(engine)
    growth_data.fill(engine, conversations, messages)
    engine.dispose()


def _deployment(stack: contextlib.ExitStack, url: str) -> Deployment:
    peer = stack.enter_context(Chat(url))
    assert isinstance(peer, Chat)
    visitor = api.visitor(peer.server.url)
    return Deployment(peer.server, api.agent(peer.server), visitor, visitor.conversation)
