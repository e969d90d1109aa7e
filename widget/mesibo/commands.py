"""What other processes ask of the keeper, which alone speaks with mesibo: a list in Redis, and answers beside it."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis, RedisError

TIMEOUT = 8.0
"""Seconds that somebody waits for the keeper's answer."""

STALE = 5.0
"""Seconds after which what was asked is not worth doing any more."""

_LIST = "chat:link:asked"
_LONGEST = 1000


class Command(NamedTuple):
    """Something that the keeper is to do."""

    what: str
    """send (something waits in the outbox), typing, read or call."""
    about: dict[str, str]
    at: float


def _answer(number: str) -> str:
    return f"chat:link:answer:{number}"


def send(redis: Redis, what: str, **about: str) -> None:
    """Ask the keeper for something; without Redis it is not asked, and finds by itself what matters."""
    line = json.dumps([what, about, time.time()])
    with contextlib.suppress(RedisError), redis.pipeline(transaction=False) as pipe:
        pipe.rpush(_LIST, line)
        pipe.ltrim(_LIST, -_LONGEST, -1)
        pipe.expire(_LIST, 60)
        pipe.execute()


def receive(redis: Redis) -> list[Command]:
    """What was asked since the last call and is not stale. Raises redis.RedisError."""
    lines: Any = redis.lpop(_LIST, _LONGEST)
    found = [Command(*json.loads(line)) for line in lines or ()]
    return [asked for asked in found if time.time() - asked.at < STALE]


def call(redis: Redis, what: str, pause: Callable[[float], object] = time.sleep, **about: str) -> dict[str, str] | None:
    """Ask the keeper and wait for what it answers; None when it does not within PATIENCE. Raises redis.RedisError."""
    number = secrets.token_hex(8)
    send(redis, what, answer=number, **about)
    give_up = time.monotonic() + TIMEOUT
    while time.monotonic() < give_up:
        found: Any = redis.getdel(_answer(number))
        if found:
            answer: dict[str, str] = json.loads(found)
            return answer
        pause(0.05)
    return None


def reply(redis: Redis, asked: Command, **answer: str) -> None:
    """Answer what was asked. Raises redis.RedisError."""
    redis.set(_answer(asked.about["answer"]), json.dumps(answer), ex=30)
