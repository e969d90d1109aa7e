"""What the servers use: memory, time on the processor, connections to Redis. Read from /proc and from Redis itself."""

from __future__ import annotations

import os
from pathlib import Path

from redis import Redis

TICKS = os.sysconf("SC_CLK_TCK")

SERVERS, LOAD = {0}, {1}
"""The processor of all servers and that of the load, so that neither slows the other."""


def pin(where: set[int]) -> None:
    """What is started from now on runs there; with fewer than two processors, anywhere."""
    if os.cpu_count() not in (None, 1):
        os.sched_setaffinity(0, where)


def family(pids: list[int]) -> list[int]:
    """These processes and all that they started."""
    found = list(pids)
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def memory(pids: list[int]) -> int:
    """Bytes of their own: the proportional set size, in which shared pages count by their share."""
    total = 0
    for pid in family(pids):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024


def processor(pids: list[int]) -> float:
    """Seconds on the processor so far, in user and kernel mode."""
    total = 0
    for pid in family(pids):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def redis_connections(url: str) -> int:
    """How many clients a Redis has, other than the one that asks."""
    with Redis.from_url(url) as redis:
        return int(redis.info("clients")["connected_clients"]) - 1
