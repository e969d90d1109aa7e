"""`make soak`: random faults while everybody writes and listens; prints what became of it as one JSON object.

MINUTES= says for how long, SEED= which faults in which order. Ends with 1 when anything was lost, doubled, out of
order, refused or leaked.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from tests import api, bots, services
from tests.soak.deployment import WORKERS, Deployment, opened
from tests.soak.faults import FAULTS
from tests.soak.listeners import Listeners
from tests.soak.writers import Writer, Writers

VISITORS, AGENTS, TABS = 6, 2, 3
PATIENCE = 5.0
"""For how many seconds the next fault waits for a message to be acknowledged, so that it hits what works again."""
SPARE_DESCRIPTORS = 30
"""How many more a worker may have open than when it was new: idle connections of its clients, its pools."""
SPARE_GREENLETS = 30
"""The same of greenlets: those of connections, and of what begins with the first use."""
MOST_CONNECTIONS = WORKERS * (8 + 3)
"""What the workers may keep: a pool of PostgreSQL's, and three connections to Redis, each."""


def soak(seconds: float, seed: int) -> dict[str, Any]:
    """Let it run for so long; returns the counts."""
    services.wait_for.__defaults__ = ("it", 90.0)
    dice = random.Random(seed)
    with opened() as deployment:
        visitors = [api.visitor(deployment.url) for _ in range(VISITORS)]
        agents = [api.Person(deployment.url, api.agent(deployment.chat).headers) for _ in range(AGENTS)]
        bot = api.Person(deployment.url, bots.add(deployment.chat).headers)
        conversations = [visitor.conversation for visitor in visitors]
        who = [(visitor, [own]) for visitor, own in zip(visitors, conversations, strict=True)]
        who += [(agent, conversations[1:]) for agent in agents]
        who.append((bot, conversations[:1]))  # where people answer, it does not
        new = deployment.descriptors(), deployment.greenlets()
        listeners = Listeners(who, deployment.proxy.port, TABS)
        services.wait_for(listeners.ready, "all streams")
        writers = Writers([Writer(person, deployment.proxy.port, theirs) for person, theirs in who], pause=0.02)
        sender = Uploader(visitors[0], conversations[0])
        faults = break_things(deployment, dice, time.monotonic() + seconds, lambda: len(writers.acknowledged))
        deployment.set_clock(0)
        sender.end()
        writers.end()
        sent = writers.acknowledged
        lost = wait_until_all_came(deployment, listeners, sent)
        listeners.close()
        statuses = sum((writer.statuses for writer in writers.all), Counter(sender.statuses))
        rows = in_database(deployment)
        return {
            "seed": seed,
            "seconds": round(seconds),
            "faults": sum(faults.values()),
            "by_fault": dict(sorted(faults.items())),
            "acknowledged": len(sent),
            "lost": len(lost) + len({it["id"] for it in sent} - {row[0] for row in rows}),
            "doubled": len(listeners.doubled()) + doubled(rows),
            "out_of_order": len(listeners.out_of_order()) + gaps(rows),
            "refused": sum(count for status, count in statuses.items() if status >= 500 and status != 503),
            "unavailable": statuses[503],
            "resyncs": sum(listener.resyncs for listener in listeners.all),
            "leaked": leaked(deployment, new),
        }


class Uploader:
    """Sends small files without pause, so that there is something to refuse when the disk is full."""

    def __init__(self, person: api.Person, conversation: str):
        self._person, self._conversation = person, conversation
        self.statuses: Counter[int] = Counter()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        path = f"/w/conversations/{self._conversation}/messages"
        while not self._ending.wait(0.3):
            try:
                answer = self._person.post(
                    path,
                    data={"client_id": str(uuid.uuid4())},
                    files={"file": ("note.txt", b"some words\n" * 200, "text/plain")},
                )
                self.statuses[answer.status_code] += 1
            except requests.RequestException:
                self.statuses[0] += 1

    def end(self) -> None:
        self._ending.set()
        self._thread.join()


def break_things(
    deployment: Deployment, dice: random.Random, until: float, acknowledged: Callable[[], int]
) -> Counter[str]:
    """Fault after fault, each kind once before any comes again; returns how often each happened."""
    happened: Counter[str] = Counter()
    waiting: list[Any] = []
    while time.monotonic() < until:
        waiting = waiting or dice.sample(FAULTS, len(FAULTS))
        fault = waiting.pop()
        print(f"{max(0, until - time.monotonic()):6.0f} s left: {fault.__name__.replace('_', ' ')}", file=sys.stderr)
        fault(deployment, dice)
        happened[fault.__name__] += 1
        before, give_up = acknowledged(), time.monotonic() + PATIENCE
        while acknowledged() == before and time.monotonic() < give_up:
            threading.Event().wait(0.05)
        threading.Event().wait(dice.uniform(0.1, 1.0))
    services.wait_for(deployment.chat.ready, "the server")
    return happened


def wait_until_all_came(deployment: Deployment, listeners: Listeners, sent: list[dict[str, Any]]) -> list[str]:
    """What is still missing on a stream when everything is published and everybody had time to come back."""
    services.wait_for(lambda: deployment.query("SELECT count(*) FROM outbox") == [(0,)], "the sweeper")
    give_up = time.monotonic() + 60
    while (lost := listeners.lost(sent)) and time.monotonic() < give_up:
        threading.Event().wait(0.5)
    return lost


def in_database(deployment: Deployment) -> list[Any]:
    return deployment.query("SELECT id, conversation_id, seq, sender_id, client_id FROM messages ORDER BY 2, 3")


def doubled(rows: list[Any]) -> int:
    """How many messages stand there twice."""
    return len(rows) - len({(row[3], row[4]) for row in rows})


def gaps(rows: list[Any]) -> int:
    """In how many places the numbers of a conversation do not go on by one."""
    numbers: dict[str, list[int]] = {}
    for row in rows:
        numbers.setdefault(row[1], []).append(row[2])
    return sum(own != list(range(1, len(own) + 1)) for own in numbers.values())


def leaked(deployment: Deployment, new: tuple[int, int]) -> dict[str, Any]:
    """What is still there of descriptors, greenlets, connections and keys when nobody is there any more; `new` is how
    many of the first two a worker had when it was new."""
    give_up = time.monotonic() + 40  # idle connections of clients that have gone are kept for a while
    while True:
        found = {
            "descriptors": max(0, deployment.descriptors() - new[0] - SPARE_DESCRIPTORS),
            "greenlets": max(0, deployment.greenlets() - new[1] - SPARE_GREENLETS),
            "connections": max(0, deployment.connections() - MOST_CONNECTIONS),
            "keys": deployment.keys_without_end(),
        }
        if not any(found.values()) or time.monotonic() > give_up:
            return found
        threading.Event().wait(1)


def well(found: dict[str, Any]) -> bool:
    """Whether nothing went wrong."""
    return not any(found[name] for name in ("lost", "doubled", "out_of_order", "refused")) and not any(
        found["leaked"].values()
    )


if __name__ == "__main__":
    found = soak(float(os.environ.get("MINUTES") or 10) * 60, int(os.environ.get("SEED") or random.randrange(10**6)))
    print(json.dumps(found))
    sys.exit(not well(found))
