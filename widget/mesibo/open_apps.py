"""Which agents have their mesibo app open, as all processes may know: a hash in Redis."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from redis import Redis, RedisError

OPEN_SECONDS = 600
"""Seconds for which an app counts as open without another sign: mesibo may never tell that it was closed."""

_KEY = "chat:mesibo:apps"


def opened(redis: Redis, user_id: str) -> bool:
    """Note that an agent's app is open; returns whether that is new. Raises redis.RedisError."""
    before = among(redis, [user_id])
    redis.hset(_KEY, user_id, str(int(time.time())))
    return user_id not in before


def closed(redis: Redis, user_id: str) -> bool:
    """Note that an agent's app was closed; returns whether that is new. Raises redis.RedisError."""
    return bool(redis.hdel(_KEY, user_id))


def among(redis: Redis, user_ids: Iterable[str]) -> set[str]:
    """Those of these agents who have their app open; without Redis nobody does."""
    ids = list(user_ids)
    try:
        since: Any = redis.hmget(_KEY, ids) if ids else []
    except RedisError:
        return set()
    return {user_id for user_id, at in zip(ids, since, strict=True) if at and time.time() - int(at) < OPEN_SECONDS}
