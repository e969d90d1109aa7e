"""The pub/sub connection: this process's subscription, one connection to a Redis, or one to each node of a cluster.

In a cluster channels are sharded (Redis 7, SSUBSCRIBE): an announcement stays on the node that has its user's log
instead of going to every node there is, so that more nodes carry more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster

_KINDS = {"ssubscribe": "subscribe", "sunsubscribe": "unsubscribe", "smessage": "message"}


class NodeConnection:
    """The connection to one node. Only one thread may send on it at a time, and one receive."""

    def __init__(self, node: Redis, sharded: bool):
        self._pubsub: Any = node.pubsub()  # type: ignore[no-untyped-call]
        self.subscribe = self._pubsub.ssubscribe if sharded else self._pubsub.subscribe
        self.unsubscribe = self._pubsub.sunsubscribe if sharded else self._pubsub.unsubscribe
        self.ping = self._pubsub.ping
        self.close = self._pubsub.close

    def receive(self, seconds: float) -> tuple[str, bytes, bytes] | None:
        """What has come, as (subscribe, unsubscribe, message or pong; channel; data); None when nothing did.

        Raises redis.RedisError or OSError when the connection is lost.
        """
        message = self._pubsub.get_message(timeout=seconds)
        if message is None:
            return None
        data = message["data"] if isinstance(message["data"], bytes) else b""
        return _KINDS.get(message["type"], message["type"]), message["channel"] or b"", data


class PubSub:
    """All connections of this process; a node gets one when the first channel is subscribed to that lives there.

    `follow` is called with each connection in a thread of its own.
    """

    def __init__(self, redis: Redis, follow: Callable[[PubSub, NodeConnection], None]):
        self._redis = redis
        self._follow = follow
        self._connections: dict[str, NodeConnection] = {}

    def subscribe(self, channels: Iterable[str]) -> None:
        """Ask for what is announced on these; raises redis.RedisError. Each is confirmed over its connection."""
        for (name, node), own in self._by_node(channels):
            connection = self._connections.get(name)
            if connection is not None:
                connection.subscribe(*own)
                continue
            connection = NodeConnection(node, isinstance(self._redis, RedisCluster))
            connection.subscribe(*own)  # before anybody listens: only this makes the connection
            self._connections[name] = connection
            threading.Thread(target=self._follow, args=(self, connection), name="chat-hub", daemon=True).start()

    def unsubscribe(self, channels: Iterable[str]) -> None:
        """Ask for no more; raises redis.RedisError."""
        for (name, _node), own in self._by_node(channels):
            self._connections[name].unsubscribe(*own)

    def _by_node(self, channels: Iterable[str]) -> Iterable[tuple[tuple[str, Redis], list[str]]]:
        by_name: dict[str, tuple[tuple[str, Redis], list[str]]] = {}
        for channel in channels:
            node = self._node(channel)
            by_name.setdefault(node[0], (node, []))[1].append(channel)
        return by_name.values()

    def close(self) -> None:
        """Give all connections back."""
        for connection in self._connections.values():
            connection.close()

    def _node(self, channel: str) -> tuple[str, Redis]:
        if not isinstance(self._redis, RedisCluster):
            return "", self._redis
        node: Any = self._redis.get_node_from_key(channel)
        return node.name, self._redis.get_redis_connection(node)
