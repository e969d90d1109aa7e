"""Overload: what a server can take, and what becomes of it when twice as much is offered for a while."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bench import processes
from bench.load import Listener, Load
from bench.peers import Chat
from bench.scenarios import Figures

VISITORS = 150
SECONDS = 20
WARM_UP = 6
"""Seconds of as many messages as it takes, before anything is measured: a first message costs more than all others."""


class Capacity(NamedTuple):
    """What a server takes that is kept busy."""

    rate: float
    """Messages a second."""
    each: float
    """Seconds of the server's own time on the processor, for one."""


def overload(program: Path, peer: Chat, seconds: float = SECONDS) -> Figures:
    """Capacity, measured with as many posts at once as keep the server busy; then twice that, what comes after, and the
    capacity again: the machine's pace changes, so what came between is compared with the mean of both.

    `rate` is what was accepted meanwhile, and `work` the same by the server's own time on the processor, which other
    programs on the machine do not take away: both as a part of capacity. `p99_ms` is that of accepted messages, from
    when they were due to the tab. `unanswered` are those of the refused whose connection ended instead; one that was
    taken all the same makes `lost` less than nothing.
    """
    visitors = peer.listeners(VISITORS)
    first = _capacity(program, peer, visitors, seconds / 4)
    # As many connections as make it an open system: who is not answered yet keeps nobody else from asking.
    offered = Load(program, peer.whole_way, visitors, 1, posts=1000, payload=60)
    offered.open()
    calm = first.rate / 4
    before = offered.steady(calm, 5)
    began = processes.processor(peer.pids)
    during = offered.steady(2 * first.rate, seconds)
    spent = processes.processor(peer.pids) - began
    offered.idle(2)
    after = offered.steady(calm, 5)
    offered.close()
    last = _capacity(program, peer, visitors, seconds / 4)
    return {
        "capacity_per_s": (first.rate + last.rate) / 2,
        "capacity_after_to_before": last.rate / first.rate,
        "rate": during["posts_per_s"] / (first.rate + last.rate) * 2,
        "work": (first.each + last.each) / 2 * during["accepted"] / spent,
        "refused": during["refused"],
        "unanswered": during["unanswered"],
        "lost": during["expected"] - during["received"],
        **{name: during[name] for name in ("p50_ms", "p99_ms", "max_ms", "silence_s")},
        "before_p50_ms": before["p50_ms"],
        "after_p50_ms": after["p50_ms"],
        "after_p99_ms": after["p99_ms"],
    }


def _capacity(program: Path, peer: Chat, visitors: list[Listener], seconds: float) -> Capacity:
    load = Load(program, peer.whole_way, visitors, 1, posts=16, payload=60)
    load.open()
    load.flood(WARM_UP)
    began = processes.processor(peer.pids)
    taken = load.flood(seconds)
    each = (processes.processor(peer.pids) - began) / taken["accepted"]
    load.close()
    return Capacity(taken["posts_per_s"], each)
