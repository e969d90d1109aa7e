"""The lease in Redis that makes one process of the deployment the keeper. The only place that knows its key."""

from __future__ import annotations

import os
import secrets
import socket
import time
from typing import Any

from redis import Redis

SECONDS = 10
"""How long a lease lasts without being renewed."""

_KEY = "chat:lease:keeper"
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Lease:
    """One process's claim. Losing Redis means losing the lease when its time is over, never keeping it by mistake."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process is the keeper at this moment, by its own clock."""
        return time.monotonic() < self._until

    def claim(self) -> bool:
        """Take the lease if it is free, renew it if it is ours. Raises redis.RedisError when Redis does not answer."""
        began = time.monotonic()
        renewed: Any = self._redis.eval(_RENEW, 1, _KEY, self.name, str(SECONDS * 1000))
        if renewed or self._redis.set(_KEY, self.name, nx=True, px=SECONDS * 1000):
            self._until = began + SECONDS
        else:
            self._until = 0.0
        return self.held

    def release(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        self._until = 0.0
        self._redis.eval(_RELEASE, 1, _KEY, self.name)


def holder(redis: Redis) -> str | None:
    """The name (host:pid:random) of the process that is the keeper; None while there is none."""
    name: Any = redis.get(_KEY)
    return name.decode() if name else None
