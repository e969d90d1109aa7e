"""Agents: the people of the team, and how they sign in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent import get_hub
from sqlalchemy import select

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound, Throttled, Unauthorized, Unprocessable
from widget.chat.users import tokens
from widget.i18n import _
from widget.models import User
from widget.text import clean

T = TypeVar("T")

PASSWORD_LEAST = 10
"""The shortest password, in characters."""

PASSWORD_MOST = 200

AT_ONCE = 2
"""How many passwords a process hashes at the same time: each takes 46 MB, and a small machine has 512."""

PATIENCE = 5
"""Seconds that a password waits for its turn."""

# The first of OWASP's equals (Password Storage Cheat Sheet, 2024). Memory of this size goes back to the system at once;
# of less than 32 MB the C library would keep some for each thread.
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_turn = threading.BoundedSemaphore(AT_ONCE)
_NOBODY = _hasher.hash("nobody has this password")


def _off_the_hub(work: Callable[..., T], *args: str) -> T:
    """Run argon2's 50 ms in a thread, so that they hold up nobody else's request. Raises Throttled in a crowd."""
    if not _turn.acquire(timeout=PATIENCE):
        raise Throttled(_("Many people are signing in at the moment; please try again."))
    try:
        result: T = get_hub().threadpool.apply(work, args)
    finally:
        _turn.release()
    return result


def _verifies(hashed: str, password: str) -> bool:
    # Nothing may be raised in gevent's threads: it would be printed with a traceback.
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def add(login: str, name: str | None = None) -> User:
    """Make an agent of the site's team; raises Unprocessable when the address is no address or is taken."""
    login = login.strip().lower()
    if "@" not in login[1:-1] or len(login) > 320:
        raise Unprocessable(_("%(login)s is not an e-mail address.", login=login))
    with db.transaction() as session:
        if session.scalar(select(User).where(User.login == login)):
            raise Unprocessable(_("There is already an agent with the address %(login)s.", login=login))
        agent = User(
            kind="agent", name=clean.line(name or "") or login.partition("@")[0].title(), login=login, team_id=TEAM_ID
        )
        session.add(agent)
    return agent


def sign_in_link(login: str | None = None) -> str:
    """The secret of a one-time link for this agent (or the first one made); raises NotFound without one."""
    with db.transaction() as session:
        agents = select(User).where(User.kind == "agent").order_by(User.created_at).limit(1)
        agent = session.scalar(agents.where(User.login == login.strip().lower()) if login else agents)
        if agent is None:
            raise NotFound(
                _("There is no agent %(login)s.", login=login) if login else _("There is no agent yet; add one first.")
            )
        return tokens.issue(session, agent, "link", tokens.LINK_LIFETIME)


def sign_in(login: str, password: str) -> str:
    """Check a password; returns the secret for the inbox's cookie, or raises Unauthorized.

    It takes as long for an unknown address as for a known one, so that it does not tell who is an agent.
    """
    with db.reading() as session:
        agent = session.scalar(select(User).where(User.login == login.strip().lower(), User.kind == "agent"))
    known = _off_the_hub(_verifies, (agent and agent.password_hash) or _NOBODY, password)
    if agent is None or agent.password_hash is None or not known:
        raise Unauthorized(_("This address and password do not belong together."))
    return open_inbox(agent)


def open_inbox(agent: User) -> str:
    """The secret for the cookie of an agent who has shown who they are."""
    with db.transaction() as session:
        return tokens.issue(session, agent, "inbox", tokens.INBOX_LIFETIME)


def set_password(agent: User, password: str) -> None:
    """Give the agent a new password; raises Unprocessable when it is too short to be one."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise Unprocessable(
            _("A password has %(least)s to %(most)s characters.", least=PASSWORD_LEAST, most=PASSWORD_MOST)
        )
    hashed = _off_the_hub(_hasher.hash, password)
    with db.transaction() as session:
        session.merge(agent).password_hash = hashed
