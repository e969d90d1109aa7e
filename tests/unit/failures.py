"""Every way in which the database, its driver, Redis and the storage can fail, made out of their own exceptions."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import redis
import sqlalchemy.exc

from widget import storage

_ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    ("it failed",),
    ("SELECT 1", {}, Exception("it failed")),
    *(("it failed",) * count for count in (3, 4, 5)),
    ("1 127.0.0.1:1",),  # a cluster's word of where a key has moved
    (),
)


def _kinds(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def _made(kind: type[Exception]) -> Exception:
    for arguments in _ARGUMENTS:
        try:
            return kind(*arguments)
        except (TypeError, ValueError):
            continue
    raise AssertionError(f"{kind} cannot be made")


def of_database() -> list[Exception]:
    """What SQLAlchemy, its pool, psycopg and sqlite3 raise."""
    bases = (sqlalchemy.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error)
    kinds = dict.fromkeys(kind for base in bases for kind in _kinds(base))
    # The mapper's own are about how a program is written, not about a database.
    return [_made(kind) for kind in kinds if ".orm" not in kind.__module__ and "NoReference" not in kind.__name__]


def of_redis() -> list[Exception]:
    """What the client of Redis raises."""
    return [_made(kind) for kind in dict.fromkeys(_kinds(redis.RedisError))]


def of_storage() -> list[Exception]:
    """What a place for files raises: itself, and the system below it."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE)
    return [storage.Unreachable("it failed"), *(OSError(number, "it failed") for number in numbers)]
