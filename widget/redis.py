"""The connections to Redis: one server, or a cluster of Redis 7. Nothing is connected to before it is needed."""

from __future__ import annotations

from functools import cache
from typing import Any

from redis import BlockingConnectionPool, ConnectionError, Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry
from werkzeug.local import LocalProxy

CLUSTER = "redis+cluster://"
"""How the address of any node of a cluster begins."""


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
        "socket_timeout": 3,
    }
    # Not after a timeout: the command may have been carried out, and a Redis that hangs costs time as it is.
    retry = Retry(NoBackoff(), retries, supported_errors=(ConnectionError,))
    if not is_cluster(url):
        return Redis.from_pool(BlockingConnectionPool.from_url(url, retry=retry, **options))

    @cache
    def cluster() -> RedisCluster:
        # This asks a node for the others at once.
        address = url.replace(CLUSTER, "redis://", 1)
        return RedisCluster.from_url(address, connection_pool_class=BlockingConnectionPool, retry=retry, **options)

    return LocalProxy(cluster)  # type: ignore[return-value]
