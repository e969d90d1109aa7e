"""What the keeper leaves in Redis for all processes: how the link is doing, and which agents' apps are open."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from redis import Redis, RedisError

from widget.link.base import LinkState

FRESH = 15
"""Seconds for which the keeper's last word counts; it repeats it each second."""

OPEN = 600
"""Seconds for which an app counts as open that has not said otherwise: mesibo may never tell that it was closed."""

_STATE = "chat:link:state"
_log = logging.getLogger(__name__)


def _app(user_id: str) -> str:
    return f"chat:link:app:{user_id}"


def leave(redis: Redis, state: LinkState) -> None:
    """Say how the link is doing. Raises redis.RedisError."""
    redis.set(_STATE, json.dumps(asdict(state)), ex=FRESH)


def current(redis: Redis, name: str) -> LinkState:
    """How the link is doing; without a keeper the link `name`, which the settings choose, waits for its turn."""
    if name == "local":
        return LinkState("local", "online")
    try:
        found: Any = redis.get(_STATE)
    except RedisError:
        found = None
    return LinkState(**json.loads(found)) if found else LinkState(name, "waiting", "No process holds the link now.")


def app_opened(redis: Redis, user_id: str) -> bool:
    """An agent's app is open; returns whether that is new."""
    return not redis.set(_app(user_id), "1", ex=OPEN, get=True)


def app_closed(redis: Redis, user_id: str) -> bool:
    """An agent's app is not open any more; returns whether that is new."""
    return bool(redis.delete(_app(user_id)))


def apps_open(redis: Redis, user_ids: Iterable[str]) -> set[str]:
    """Which of these agents have their app open."""
    ids = list(user_ids)
    try:
        found: Any = redis.mget([_app(user_id) for user_id in ids]) if ids else []
    except RedisError:
        return set()
    return {user_id for user_id, value in zip(ids, found, strict=True) if value}
