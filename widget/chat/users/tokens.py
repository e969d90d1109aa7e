"""Secrets that let their bearer in: made here, and kept only as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, make_transient_to_detached

from widget import db
from widget.models import Token, User, now

LINK_LIFETIME = timedelta(hours=1)
INBOX_LIFETIME = timedelta(days=30)


# Every request asks this, so the statement is put together once, and asked without a session: together that was two
# thirds of what it cost.
_BEARER = (
    select(Token.expires_at, *User.__table__.columns)
    .join_from(Token, User, User.id == Token.user_id)
    .where(Token.hash == bindparam("hash"), Token.purpose == bindparam("purpose"))
)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def issue(session: Session, user: User, purpose: str, lifetime: timedelta | None = None) -> str:
    """Make a secret of 256 random bits for `user`; it is readable only in this answer."""
    secret = secrets.token_urlsafe(32)
    expires = now() + lifetime if lifetime else None
    session.add(Token(hash=_hash(secret), user_id=user.id, purpose=purpose, expires_at=expires))
    return secret


def bearer(secret: str, purpose: str) -> User | None:
    """The user whom this secret lets in for this purpose; None when it is unknown, spent or expired."""
    with db.looking_up() as connection:
        found = connection.execute(_BEARER, {"hash": _hash(secret), "purpose": purpose}).mappings().first()
    if found is None or (found["expires_at"] and found["expires_at"] < now()):
        return None
    columns = dict(found)
    del columns["expires_at"]
    user = User(**columns)
    make_transient_to_detached(user)
    return user


def revoke(secret: str) -> None:
    """Make a secret worthless; an unknown one is no error."""
    with db.transaction() as session:
        session.execute(delete(Token).where(Token.hash == _hash(secret)))


def spend(secret: str, purpose: str) -> User | None:
    """Use up a one-time secret: the first caller gets its user, every later one None."""
    with db.transaction() as session:
        taken = session.execute(
            delete(Token)
            .where(Token.hash == _hash(secret), Token.purpose == purpose)
            .returning(Token.user_id, Token.expires_at)
        ).first()
        if taken is None or (taken.expires_at and taken.expires_at < now()):
            return None
        return session.get(User, taken.user_id)
