"""How the connection to mesibo is doing: noted in Redis by the process that holds the lease, read by all."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from redis import Redis, RedisError

from widget.i18n import mark
from widget.mesibo.transports.base import MesiboStatus

EXPIRY = 15
"""Seconds for which the note counts; it is renewed each second."""

_KEY = "chat:mesibo:status"


def store(redis: Redis, status: MesiboStatus) -> None:
    """Note how the connection is doing. Raises redis.RedisError."""
    redis.set(_KEY, json.dumps(asdict(status)), ex=EXPIRY)


def current(redis: Redis, name: str) -> MesiboStatus:
    """How the connection is doing; without a note the transport `name`, which the settings choose, is waiting."""
    if name == "local":
        return MesiboStatus("local", "online")
    try:
        stored: Any = redis.get(_KEY)
    except RedisError:
        stored = None
    return (
        MesiboStatus(**json.loads(stored))
        if stored
        else MesiboStatus(name, "waiting", mark("No process is connected now."))
    )
