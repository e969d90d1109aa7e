"""Passwords: how they are hashed, a few at a time, and which ones are accepted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent import get_hub

from widget.chat.errors import Throttled, Unprocessable
from widget.i18n import _

T = TypeVar("T")

LEAST = 12
"""The shortest password, in characters."""

LONGEST = 200

COMMONEST = 10_000
"""How many of the passwords that everybody tries first are refused."""

AT_ONCE = 2
"""How many passwords a process hashes at the same time: each takes 46 MB, and a small machine has 512."""

PATIENCE = 5
"""Seconds that a password waits for its turn."""

# The first of OWASP's equals (Password Storage Cheat Sheet, 2024). Memory of this size goes back to the system at once;
# of less than 32 MB the C library would keep some for each thread.
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_turn = threading.BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """What is kept of a password; raises Throttled in a crowd."""
    return _off_the_hub(_hasher.hash, password)


def verifies(hashed: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is none. Raises Throttled in a crowd."""
    known = _off_the_hub(_verifies, hashed, password)
    return known and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(hashed)


def check(password: str) -> None:
    """Raise Unprocessable for a password that is too short, too long, or one that everybody tries first."""
    if not LEAST <= len(password) <= LONGEST:
        raise Unprocessable(_("A password has %(least)d to %(longest)d characters.", least=LEAST, longest=LONGEST))
    if password.lower() in _commonest() or len(set(password)) < 4:
        raise Unprocessable(_("This password is one of the first that are tried; please choose another one."))


@cache
def _commonest() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # megabytes, which few processes need

    return frozenset(FREQUENCY_LISTS["passwords"][:COMMONEST])


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def _off_the_hub(work: Callable[..., T], *args: str | None) -> T:
    """Run argon2's 50 ms in a thread, so that they hold up nobody else's request. Raises Throttled in a crowd."""
    if not _turn.acquire(timeout=PATIENCE):
        raise Throttled(_("Many people are signing in at the moment; please try again."))
    try:
        result: T = get_hub().threadpool.apply(work, args)
    finally:
        _turn.release()
    return result


def _verifies(hashed: str | None, password: str) -> bool:
    # Nothing may be raised in gevent's threads: it would be printed with a traceback.
    try:
        return _hasher.verify(hashed or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
