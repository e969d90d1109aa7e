"""What is measured, each as a function of a peer that runs; the figures come back as a flat dictionary."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench import processes
from bench.load import Load
from bench.peers import Chat, Peer

Figures = dict[str, Any]

KIB = 1024
AT_ONCE = 512
"""How many tabs are on their way at a time, as the load generator has it."""


class Settled:
    """A load whose tabs are open, on a server that has seen as many at once before.

    What many requests at the same moment need, a server keeps afterwards: that is a cost of the moment, not of a tab.
    """

    def __init__(self, program: Path, peer: Peer, users: int, tabs: int):
        self._warm_up(program, peer)
        self.before, began = processes.memory(peer.pids), processes.processor(peer.pids)
        self.load = Load(program, peer.aim, peer.listeners(users), tabs)
        self.opened = self.load.open()
        self.connect_ms = 1000 * (processes.processor(peer.pids) - began) / (users * tabs)
        time.sleep(1)
        self.memory = processes.memory(peer.pids) - self.before

    @staticmethod
    def _warm_up(program: Path, peer: Peer) -> None:
        load = Load(program, peer.aim, peer.listeners(AT_ONCE // 4), 4)
        load.open()
        load.steady(50, 1)
        load.close()
        time.sleep(1)

    def __enter__(self) -> Settled:
        return self

    def __exit__(self, *_: object) -> None:
        self.load.close()


def flawless(figures: Figures) -> Figures:
    """What was lost, came twice or out of order: nothing, or the other figures mean little."""
    return {
        "lost": figures["expected"] - figures["received"],
        "doubled": figures["doubled"],
        "missing": figures["missing"],
        "refused": figures["refused"],
    }


def tabs(program: Path, peer: Peer, count: int, seconds: float) -> Figures:
    """So many tabs, four a user, and 50 events a second to users at random."""
    with Settled(program, peer, count // 4, 4) as settled:
        connections = processes.redis_connections(peer.redis.url) if peer.redis else 0
        steady = settled.load.steady(50, seconds)
        return {
            "connected": settled.opened["connected"],
            "subscribe_s": settled.opened["seconds"],
            "connect_ms_each": settled.connect_ms,
            "kib_per_tab": settled.memory / KIB / count,
            "redis_connections": connections,
            **{name: steady[name] for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")},
            **flawless(steady),
        }


def reconnect(program: Path, peer: Peer, count: int) -> Figures:
    """All tabs close and come back in the same moment."""
    with Settled(program, peer, count // 4, 4) as settled:
        began = processes.processor(peer.pids)
        again = settled.load.again()
        spent = 1000 * (processes.processor(peer.pids) - began) / count
        return {
            "reconnect_s": again["seconds"],
            "reconnect_ms_each": spent,
            "connected": again["connected"],
            "turned_away": again["turned_away"],
        }


def fan_out(program: Path, peer: Peer, seconds: float) -> Figures:
    """Ten users of a hundred tabs each, and posts as fast as four connections answer."""
    load = Load(program, peer.aim, peer.listeners(10), 100, posts=4)
    load.open()
    flood = load.flood(seconds)
    load.close()
    return {"events_per_s": flood["events_per_s"], **flawless(flood)}


def idle(program: Path, peer: Peer, count: int, seconds: float) -> Figures:
    """The part of a processor that so many tabs take while nothing happens."""
    with Settled(program, peer, count // 4, 4) as settled:
        began = processes.processor(peer.pids)
        settled.load.idle(seconds)
        return {
            "connected": settled.opened["connected"],
            "idle_percent": 100 * (processes.processor(peer.pids) - began) / seconds,
        }


def whole_way(program: Path, peer: Chat, rate: float, seconds: float) -> Figures:
    """Messages that are sent by 500 visitors with four tabs each: from the POST to the last tab."""
    load = Load(program, peer.whole_way, peer.listeners(500), 4, posts=32, payload=60)
    opened = load.open()
    load.steady(rate, 1)
    steady = load.steady(rate, seconds)
    load.close()
    return {
        "connected": opened["connected"],
        **{name: steady[name] for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")},
        **flawless(steady),
    }


def sending(program: Path, peer: Chat, seconds: float) -> Figures:
    """Messages a second and processor, with nobody listening, as fast as eight connections answer."""
    load = Load(program, peer.whole_way, peer.listeners(200), 0, posts=8, payload=60)
    load.flood(1)
    began = processes.processor(peer.pids)
    flood = load.flood(seconds)
    spent = processes.processor(peer.pids) - began
    load.close()
    return {
        "sent_per_s": flood["posts_per_s"],
        "ms_each": 1000 * spent / max(1, flood["accepted"]),
        "refused": flood["refused"],
    }
