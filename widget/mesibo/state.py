"""What the keeper leaves in Redis for all processes: how the link is doing, and which agents' apps are open."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from redis import Redis, RedisError

from widget.i18n import mark
from widget.mesibo.transports.base import MesiboStatus

FRESH = 15
"""Seconds for which the keeper's last word counts; it repeats it each second."""

APP_OPEN_SECONDS = 600
"""Seconds for which an app counts as open that has not said otherwise: mesibo may never tell that it was closed."""

_STATE = "chat:link:state"
_APPS = "chat:link:apps"


def store(redis: Redis, state: MesiboStatus) -> None:
    """Say how the link is doing. Raises redis.RedisError."""
    redis.set(_STATE, json.dumps(asdict(state)), ex=FRESH)


def current(redis: Redis, name: str) -> MesiboStatus:
    """How the link is doing; without a keeper the link `name`, which the settings choose, waits for its turn."""
    if name == "local":
        return MesiboStatus("local", "online")
    try:
        found: Any = redis.get(_STATE)
    except RedisError:
        found = None
    return (
        MesiboStatus(**json.loads(found))
        if found
        else MesiboStatus(name, "waiting", mark("No process holds the link now."))
    )


def app_opened(redis: Redis, user_id: str) -> bool:
    """An agent's app is open; returns whether that is new. Raises redis.RedisError, as `app_closed` does."""
    before = apps_open(redis, [user_id])
    redis.hset(_APPS, user_id, str(int(time.time())))
    return user_id not in before


def app_closed(redis: Redis, user_id: str) -> bool:
    """An agent's app is not open any more; returns whether that is new."""
    return bool(redis.hdel(_APPS, user_id))


def apps_open(redis: Redis, user_ids: Iterable[str]) -> set[str]:
    """Which of these agents have their app open; without Redis nobody can be seen."""
    ids = list(user_ids)
    try:
        since: Any = redis.hmget(_APPS, ids) if ids else []
    except RedisError:
        return set()
    return {user_id for user_id, at in zip(ids, since, strict=True) if at and time.time() - int(at) < APP_OPEN_SECONDS}
