"""The browsers that take push: an agent's, for as long as the session lives in which they agreed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from widget import db, extensions
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.models import PushSubscription, Token, User, now
from widget.notifications import push_keys

MOST = 20
"""How many browsers an agent may have; with one more, the oldest is told nothing more."""

LONGEST = 2000
"""The longest address of a push service that is taken, in characters."""


def _is_live() -> ColumnElement[bool]:
    good = or_(Token.expires_at.is_(None), Token.expires_at > now())
    return exists().where(Token.hash == PushSubscription.token_hash, good).correlate(PushSubscription)


def add(agent: User, cookie: str, endpoint: str, p256dh: str, auth: str) -> None:
    """Tell this browser from now on; one that is known already belongs to whoever is signed in there now.

    Raises Unprocessable for what is no address of a push service, or no key.
    """
    _check(endpoint, p256dh, auth)
    with db.transaction() as session:
        hashed = _hash(endpoint)
        kept = session.scalar(select(PushSubscription).where(PushSubscription.endpoint_hash == hashed))
        if kept is None:
            kept = PushSubscription(endpoint=endpoint, endpoint_hash=hashed)
            session.add(kept)
        kept.user_id, kept.token_hash, kept.p256dh, kept.auth = agent.id, _hash(cookie), p256dh, auth
        session.flush()
        own = select(PushSubscription.id).where(PushSubscription.user_id == agent.id)
        oldest = list(session.scalars(own.order_by(PushSubscription.created_at.desc()).offset(MOST)))
        if oldest:
            session.execute(delete(PushSubscription).where(PushSubscription.id.in_(oldest)))


def remove(agent: User, endpoint: str) -> None:
    """Tell this browser nothing more; an unknown one is no error."""
    which = and_(PushSubscription.endpoint_hash == _hash(endpoint), PushSubscription.user_id == agent.id)
    with db.transaction() as session:
        session.execute(delete(PushSubscription).where(which))


def live(session: Session, user_id: str) -> list[PushSubscription]:
    """The browsers of an agent in which they are still signed in."""
    own = select(PushSubscription).where(PushSubscription.user_id == user_id, _is_live())
    return list(session.scalars(own.order_by(PushSubscription.created_at)))


def reachable(user_ids: Iterable[str]) -> set[str]:
    """Those of these agents whom a browser would tell with no tab open."""
    own = select(PushSubscription.user_id).where(PushSubscription.user_id.in_(list(user_ids)), _is_live())
    with db.reading() as session:
        return set(session.scalars(own.distinct()))


def get(subscription_id: str) -> PushSubscription | None:
    """One of them; None when it has ended meanwhile."""
    with db.reading() as session:
        return session.scalar(select(PushSubscription).where(PushSubscription.id == subscription_id, _is_live()))


def expire(subscription_id: str) -> None:
    """The push service does not know it any more."""
    with db.transaction() as session:
        session.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))


def delete_ended() -> None:
    """Throw away those of sessions that have ended."""
    with db.transaction() as session:
        session.execute(delete(PushSubscription).where(~_is_live()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    schemes = ("https", "http") if extensions.settings().push_private else ("https",)
    parts = urlsplit(endpoint)
    if len(endpoint) > LONGEST or parts.scheme not in schemes or not parts.hostname or not endpoint.isascii():
        raise Unprocessable(_("endpoint must be the address of a push service."))
    try:
        point, secret = push_keys.decode(p256dh), push_keys.decode(auth)
    except ValueError:
        point = secret = b""
    if len(point) != 65 or point[0] != 4 or len(secret) != 16:
        raise Unprocessable(_("p256dh and auth must be the keys of a push subscription."))
