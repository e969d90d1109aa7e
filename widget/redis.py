"""The connections to Redis: one server, or a cluster of Redis 7. Nothing is connected to before it is needed."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from redis import BlockingConnectionPool, ConnectionError, Redis, TimeoutError
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry
from werkzeug.local import LocalProxy

CLUSTER = "redis+cluster://"
"""How the address of any node of a cluster begins."""


TIMEOUT = 3
"""Seconds that an answer of Redis is waited for; and after one that did not come, no other command is tried."""


def is_cluster(url: str) -> bool:
    """Whether this is the address of a cluster."""
    return url.startswith(CLUSTER)


def connect(url: str, most: int, retries: int) -> Redis:
    """A client with at most so many connections (to each node), which repeats a command that a lost connection ate.

    A cluster's client takes the same commands.
    """
    options: dict[str, Any] = {
        "max_connections": most,
        "timeout": 8,  # for one of them to be free: when a thousand tabs come back at once, the last waits a while
        "socket_connect_timeout": 1,
        "socket_timeout": TIMEOUT,
    }
    # Not after a timeout: the command may have been carried out, and a Redis that hangs costs time as it is.
    retry = Retry(NoBackoff(), retries, supported_errors=(ConnectionError,))
    if not is_cluster(url):
        pool = BlockingConnectionPool.from_url(url, retry=retry, **options)
        pool.connection_class = _breaking(pool.connection_class)
        return Redis.from_pool(pool)

    @cache
    def cluster() -> RedisCluster:
        # This asks a node for the others at once.
        address = url.replace(CLUSTER, "redis://", 1)
        return RedisCluster.from_url(address, connection_pool_class=BlockingConnectionPool, retry=retry, **options)

    return LocalProxy(cluster)  # type: ignore[return-value]


def _breaking(connection: type[Any]) -> type[Any]:
    """The same kind of connection, with a circuit breaker that all of one pool share.

    A request asks several things of Redis. From one that hangs, each would wait for a timeout of its own.
    """
    open_until = 0.0

    class Breaking(connection):  # type: ignore[misc]
        _subscribed = False

        def register_connect_callback(self, callback: Any) -> None:
            self._subscribed = True  # for pub/sub: there, nothing to read is no failure
            super().register_connect_callback(callback)

        def deregister_connect_callback(self, callback: Any) -> None:
            self._subscribed = False
            super().deregister_connect_callback(callback)

        def send_packed_command(self, *args: Any, **options: Any) -> None:
            if not self._subscribed and time.monotonic() < open_until:
                raise TimeoutError("Redis did not answer a moment ago")
            super().send_packed_command(*args, **options)

        def read_response(self, *args: Any, **options: Any) -> Any:
            nonlocal open_until
            try:
                return super().read_response(*args, **options)
            except TimeoutError:
                if not self._subscribed:
                    open_until = time.monotonic() + TIMEOUT
                raise

    return Breaking
