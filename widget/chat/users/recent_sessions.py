"""Visitors' sessions that this process was asked about a moment ago: who writes again is not looked up again.

What is remembered is never believed by itself. It says who is writing; the transaction that writes the message asks,
in a question that it has anyway, whether the session lets them in still (`preconditions.ask`). So one that has ended in
whatever process, or a visitor who is blocked, writes nothing, also while nobody can tell this process of it.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, or_

from widget import extensions
from widget.chat.users import tokens
from widget.models import Token, User, as_stored, loaded

REMEMBERED = 60
"""Seconds after which somebody is looked up anyway."""

MOST = 10_000
"""How many sessions a process remembers; of more, the first is forgotten."""


class Credential(NamedTuple):
    """By what somebody who was only remembered is asked for again: is the session good, and does nothing block it."""

    token: str
    """Its SHA-256."""
    address: str
    """The network address that they come from."""


class RecentSession(NamedTuple):
    """A session that was good a moment ago."""

    columns: dict[str, Any]
    """The row of its user."""
    id: str
    since: float
    """Monotonic."""


IS_GOOD = exists().where(
    Token.hash == bindparam("token"),
    Token.user_id == bindparam("sender"),
    Token.purpose == "visitor",
    or_(Token.expires_at.is_(None), Token.expires_at > bindparam("now")),
)
"""For a question that has to be asked anyway: whether a token lets the `sender` in `now`."""


def note(secret: str, user: User, session: str) -> None:
    """Remember a visitor who was let in by a token."""
    known = extensions.current().recent_sessions
    known.pop(hashed := tokens.hash_of(secret), None)
    if len(known) >= MOST:
        known.pop(next(iter(known)), None)
    known[hashed] = RecentSession(loaded(user), session, time.monotonic())


def recall(secret: str, address: str) -> tuple[User, str, Credential] | None:
    """The visitor whom a token has let in a moment ago, their session's id, and what has yet to be shown of them."""
    hashed = tokens.hash_of(secret)
    it = extensions.current().recent_sessions.get(hashed)
    if it is None or time.monotonic() - it.since > REMEMBERED:
        return None
    # A user of one's own for each request: an object of a session belongs to one transaction at a time.
    return as_stored(User(), dict(it.columns)), it.id, Credential(hashed, address)
