"""The lease in Redis that makes one process of the deployment the one that works. Only this module knows its key."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import time
from pathlib import Path
from typing import Any

from redis import Redis

SECONDS = 10
"""How long a lease lasts without being renewed."""

_KEY = "chat:lease:keeper"  # as in all releases: two that run side by side must see the same lease
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_INHERIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def _place() -> str:
    """What processes have in common that can see each other: the running kernel and the space of process ids.

    Containers of one machine, or of one name, differ in it. Empty where that cannot be told.
    """
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        return f"{boot}{os.stat('/proc/self/ns/pid').st_ino:x}"
    return ""


class Lease:
    """One process's claim. Without Redis the lease is lost when its time is over, and never kept by mistake."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._place = _place()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{self._place}_{secrets.token_hex(4)}"
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process holds the lease at this moment, by its own clock."""
        return time.monotonic() < self._until

    def holds_for(self, seconds: float) -> bool:
        """Whether this process will still hold the lease in so many seconds."""
        return time.monotonic() + seconds < self._until

    def claim(self) -> bool:
        """Take the lease if it is free, renew it if it is ours; one whose holder died beside us need not run out.

        Raises redis.RedisError when Redis does not answer.
        """
        began = time.monotonic()
        renewed: Any = self._redis.eval(_RENEW, 1, _KEY, self.name, str(SECONDS * 1000))
        if renewed or self._redis.set(_KEY, self.name, nx=True, px=SECONDS * 1000) or self._inherit():
            self._until = began + SECONDS
        else:
            self._until = 0.0
        return self.held

    def _inherit(self) -> bool:
        """Take the lease of a process of this machine that does not run any more."""
        before = holder(self._redis)
        if before is None or not self._place or before.partition("_")[0].rpartition(":")[2] != self._place:
            return False
        with contextlib.suppress(PermissionError):  # it runs, as somebody else
            try:
                os.kill(int(before.split(":")[-2]), 0)
            except ProcessLookupError:
                return bool(self._redis.eval(_INHERIT, 1, _KEY, before, self.name, str(SECONDS * 1000)))
        return False

    def release(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        self._until = 0.0
        self._redis.eval(_RELEASE, 1, _KEY, self.name)


def holder(redis: Redis) -> str | None:
    """The name (host:pid:random) of the process that holds the lease; None when none does."""
    name: Any = redis.get(_KEY)
    return name.decode() if name else None
