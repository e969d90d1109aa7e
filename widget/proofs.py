"""Proofs of an address: a code from a mail, given in the browser that has asked for it. In Redis, for a quarter of an
hour; whoever cannot give it in TRIES tries asks for another one.

The code is for the one visitor who has asked, so that a link or a code that reaches somebody else is worth nothing, and
whoever is tricked into opening something proves nothing for another.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

from widget import extensions, signing

KEPT = timedelta(minutes=15)
"""For how long an address that was asked for, and a code, are good."""

TRIES = 5


def ask(user_id: str, address: str) -> None:
    """A visitor wants to prove this address, and no other one any more. Raises redis.RedisError."""
    _keep(user_id, address, "")


def asked(user_id: str) -> str | None:
    """The address that a visitor wants to prove. Raises redis.RedisError."""
    found: Any = extensions.current().redis.get(_key(user_id))
    return str(json.loads(found)["address"]) if found else None


def make_code(user_id: str, address: str) -> str:
    """The code for this visitor and this address; those before are worthless. Raises redis.RedisError."""
    code = f"{secrets.randbelow(10**6):06}"
    _keep(user_id, address, _seal(user_id, address, code))
    return code


def redeem(user_id: str, code: str) -> str | None:
    """The address that a visitor has proved with this code, once; None when it is not the one. Raises
    redis.RedisError."""
    redis = extensions.current().redis
    found: Any = redis.get(_key(user_id))
    if not found:
        return None
    known = json.loads(found)
    tries: Any = redis.incr(_tries_key(user_id))
    redis.expire(_tries_key(user_id), KEPT)
    right = secrets.compare_digest(known["sealed"], _seal(user_id, known["address"], code))
    if tries > TRIES or not right or not redis.delete(_key(user_id)):  # of two at once one is the first
        return None
    return str(known["address"])


def forget(user_id: str) -> None:
    """The visitor is erased. Raises redis.RedisError."""
    extensions.current().redis.delete(_key(user_id))
    extensions.current().redis.delete(_tries_key(user_id))


def _keep(user_id: str, address: str, sealed: str) -> None:
    redis = extensions.current().redis
    redis.set(_key(user_id), json.dumps({"address": address, "sealed": sealed}), ex=KEPT)
    redis.delete(_tries_key(user_id))


def _seal(user_id: str, address: str, code: str) -> str:
    """What Redis has of the code."""
    return signing.sign(f"proof:{user_id}:{address}:{code}", 0)


def _key(user_id: str) -> str:
    return f"chat:proof:{user_id}"


def _tries_key(user_id: str) -> str:
    return f"chat:proof-tries:{user_id}"
