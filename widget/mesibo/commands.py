"""Commands of other processes to the one that holds the lease: a list in Redis, and a key for each answer."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis, RedisError

TIMEOUT = 8.0
"""Seconds to wait for an answer."""

STALE = 5.0
"""Seconds after which a command is not worth carrying out any more."""

_KEY = "chat:mesibo:commands"
_LONGEST = 1000


class Command(NamedTuple):
    """Something that the worker is to do."""

    name: str
    """send (something waits in the outbox), typing, read or call."""
    arguments: dict[str, str]
    sent_at: float


def _answer_key(number: str) -> str:
    return f"chat:mesibo:answer:{number}"


def send(redis: Redis, name: str, /, **arguments: str) -> None:
    """Queue a command. Without Redis it is dropped: what matters is in the outbox, which the worker reads by itself."""
    line = json.dumps([name, arguments, time.time()])
    with contextlib.suppress(RedisError), redis.pipeline(transaction=False) as pipe:
        pipe.rpush(_KEY, line)
        pipe.ltrim(_KEY, -_LONGEST, -1)
        pipe.expire(_KEY, 60)
        pipe.execute()


def receive(redis: Redis) -> list[Command]:
    """Take the commands that were queued and are not stale. Raises redis.RedisError."""
    lines: Any = redis.lpop(_KEY, _LONGEST)
    commands = [Command(*json.loads(line)) for line in lines or ()]
    return [command for command in commands if time.time() - command.sent_at < STALE]


def call(
    redis: Redis, name: str, pause: Callable[[float], object] = time.sleep, /, **arguments: str
) -> dict[str, str] | None:
    """Queue a command and wait for its answer; None without one within TIMEOUT. Raises redis.RedisError."""
    number = secrets.token_hex(8)
    send(redis, name, answer=number, **arguments)
    give_up = time.monotonic() + TIMEOUT
    while time.monotonic() < give_up:
        value: Any = redis.getdel(_answer_key(number))
        if value:
            answer: dict[str, str] = json.loads(value)
            return answer
        pause(0.05)
    return None


def answer(redis: Redis, command: Command, **answer: str) -> None:
    """Answer a command. Raises redis.RedisError."""
    redis.set(_answer_key(command.arguments["answer"]), json.dumps(answer), ex=30)
