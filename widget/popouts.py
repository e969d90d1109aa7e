"""Popouts: how a visitor's session gets from the popup in a page into a window of its own.

The window cannot trust the page that has opened it, which may be anybody's, and often cannot be reached by it, or by
the popup in it: their storage is kept apart, and a page may cut its windows off. So the popup, which has the session,
asks for a ticket, and the window redeems it: once, within a minute, in the same browser.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any, NamedTuple

from cryptography.fernet import Fernet

from widget import extensions

KEPT = 60
"""For how many seconds a ticket is good."""


class Session(NamedTuple):
    """What the window goes on with."""

    token: str
    page: str
    """The page that the popup stood in."""


def issue(session: Session, browser: str) -> str:
    """A ticket for this session, good in this browser. Raises redis.RedisError.

    Redis holds the visitor's token encrypted with the ticket itself, which is nowhere but in the browser.
    """
    key = Fernet.generate_key()
    ticket = key.decode().rstrip("=")
    sealed = Fernet(key).encrypt(json.dumps([*session, browser]).encode())
    extensions.current().redis.set(_name(ticket), sealed, ex=KEPT)
    return ticket


def redeem(ticket: str, browser: str) -> Session | None:
    """The session that this ticket stands for, to the first who asks, in the same browser; else None. Raises
    redis.RedisError."""
    sealed: Any = extensions.current().redis.getdel(_name(ticket))
    if sealed is None:
        return None
    token, page, issued_to = json.loads(Fernet(f"{ticket}=").decrypt(sealed))
    return Session(token, page) if secrets.compare_digest(issued_to.encode(), browser.encode()) else None


def _name(ticket: str) -> str:
    return f"chat:popout:{hashlib.sha256(ticket.encode(errors='replace')).hexdigest()}"
