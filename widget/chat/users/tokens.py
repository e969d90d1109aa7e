"""Secrets that let their bearer in: made here, and kept only as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from widget import db
from widget.chat import blocks
from widget.chat.errors import Unauthorized
from widget.chat.events import sessions_ended
from widget.i18n import _
from widget.models import Token, User, now, stored

LINK_LIFETIME = timedelta(hours=1)
INBOX_LIFETIME = timedelta(days=30)
VISITOR_LIFETIME = timedelta(days=400)
"""How long a visitor's token is good without being used: as long as browsers keep a cookie at most."""

MOST = 20
"""How many sessions a user may have; with one more, the one that was not used for longest ends."""

BOT_PREFIX = "bot_"
"""How the token of a bot begins: so that it is known for one, here and by whoever finds it where it should not be."""

NOTED = timedelta(hours=1)
"""How old the note of a token's last use may be."""

# Every request asks this, so the statement is put together once, and asked without a session: together that was two
# thirds of what it cost.
_BEARER = (
    select(Token.expires_at, Token.used_at, blocks.IS_BLOCKED, *User.__table__.columns)
    .join_from(Token, User, User.id == Token.user_id)
    .where(Token.hash == bindparam("hash"), Token.purpose == bindparam("purpose"))
)
# The same for many at once, as far as it is needed to let them listen.
_OWNERS = (
    select(Token.hash, Token.expires_at, Token.used_at, User.removed_at, User.id)
    .join_from(Token, User, User.id == Token.user_id)
    .where(Token.hash.in_(bindparam("hashes", expanding=True)), Token.purpose == bindparam("purpose"))
)
# After a night, or a restart, everybody's first request notes it.
_NOTE_USE = (
    update(Token.__table__)  # type: ignore[arg-type]
    .where(Token.__table__.c.hash == bindparam("which"))
    .values(
        used_at=bindparam("at"),
        expires_at=func.coalesce(
            bindparam("until", type_=Token.__table__.c.expires_at.type), Token.__table__.c.expires_at
        ),
    )
)


class Bearer(NamedTuple):
    """Whom a secret lets in."""

    user: User
    session: str
    """The id of the session."""
    is_blocked: bool
    """Whether nothing more is taken from them, or from the address that they come from."""


class Owner(NamedTuple):
    """Whom a secret lets in, as far as who only listens is known."""

    user_id: str
    session: str
    """The id of the session."""


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def session_id(hashed: str) -> str:
    """What a session is called where the token itself may not be seen."""
    return hashed[:16]


def issue(
    session: Session,
    user: User,
    purpose: str,
    lifetime: timedelta | None = None,
    browser: str = "",
    by_link: bool = False,
    made_by: str | None = None,
) -> tuple[str, list[str]]:
    """Make a secret of 256 random bits for `user`; it is readable only in this answer.

    Also returns the ids of sessions that ended for it, to be announced with `sessions_ended` after the commit.
    """
    secret = (BOT_PREFIX if purpose == "bot" else "") + secrets.token_urlsafe(32)
    expires = now() + lifetime if lifetime else None
    session.flush()
    own = select(Token.hash).where(Token.user_id == user.id, Token.purpose == purpose)
    oldest = list(
        session.scalars(own.order_by(db.newest_first(Token.used_at), Token.created_at.desc()).offset(MOST - 1))
    )
    ended = _delete(session, Token.hash.in_(oldest)) if oldest else []
    token = Token(hash=hash_of(secret), user_id=user.id, purpose=purpose, expires_at=expires, browser=browser[:200])
    token.used_at, token.by_link, token.made_by = now(), by_link, made_by
    session.add(token)
    return secret, ended


def bearer(secret: str, purpose: str, address: str = "") -> Bearer | None:
    """Whom this secret lets in for this purpose, from a network address; None when it is unknown, spent or expired."""
    hashed = hash_of(secret)
    with db.read_connection() as connection:
        row = connection.execute(_BEARER, {"hash": hashed, "purpose": purpose, "address": address}).first()
    if row is None:
        return None
    columns = iter(row)
    expires, used, is_blocked = (next(columns) for _each in range(3))
    user = stored(User, columns)
    if not _lets_in(expires, user.removed_at):
        return None
    if _is_news(used):
        _note_use([hashed], purpose)
    return Bearer(user, session_id(hashed), bool(is_blocked))


def owners(secrets: Sequence[str], purpose: str) -> list[Owner | None]:
    """Whom each of these secrets lets in; None for one that is unknown, spent or expired. One question for all."""
    hashes = [hash_of(secret) for secret in secrets]
    with db.read_connection() as connection:
        rows = connection.execute(_OWNERS, {"hashes": hashes, "purpose": purpose}).all()
    good = [(hashed, used, user_id) for hashed, expires, used, removed, user_id in rows if _lets_in(expires, removed)]
    if unnoted := sorted(hashed for hashed, used, _ in good if _is_news(used)):
        _note_use(unnoted, purpose)
    found = {hashed: Owner(user_id, session_id(hashed)) for hashed, _, user_id in good}
    return [found.get(hashed) for hashed in hashes]


def _lets_in(expires: datetime | None, removed: datetime | None) -> bool:
    """Whether a token that is there is good still, and its user."""
    return not removed and not (expires and expires < now())


def _is_news(used: datetime | None) -> bool:
    """Whether a token's last use was noted so long ago that this one is worth a note."""
    return used is None or used < now() - NOTED


def _note_use(hashes: Iterable[str], purpose: str) -> None:
    """Write down that tokens were used; a database that cannot be written to does not keep anybody out."""
    until = now() + VISITOR_LIFETIME if purpose == "visitor" else None
    notes = [{"which": hashed, "at": now(), "until": until} for hashed in hashes]
    with suppress(SQLAlchemyError), db.transaction() as session:
        session.connection().execute(_NOTE_USE, notes)


def _delete(session: Session, *which: ColumnElement[bool]) -> list[str]:
    """End sessions; returns their ids."""
    return [session_id(it) for it in session.scalars(delete(Token).where(*which).returning(Token.hash))]


def delete_expired(at: datetime, most: int) -> int:
    """Delete some of what is good no more, and end the streams that are open with it still; returns how many."""
    with db.transaction() as session:
        old = select(Token.hash).where(Token.expires_at < at).order_by(Token.expires_at).limit(most)
        ended = _delete(session, Token.hash.in_(session.scalars(old).all()))
    announce(ended)
    return len(ended)


def ended() -> Unauthorized:
    """What somebody is told whose session lets nobody in any more."""
    return Unauthorized(_("This session is not known any more."))


def announce(ended: Iterable[str]) -> None:
    """Tell of sessions that have ended, once that is committed."""
    if ids := list(ended):
        sessions_ended.send(ids)


def revoke(secret: str) -> None:
    """Make a secret worthless; an unknown one is no error."""
    with db.transaction() as session:
        ended = _delete(session, Token.hash == hash_of(secret))
    announce(ended)


def revoke_in(session: Session, secret: str) -> list[str]:
    """Like `revoke`, within a transaction; returns what is to be announced after it."""
    return _delete(session, Token.hash == hash_of(secret))


def revoke_all(session: Session, user_id: str, but: str | None = None) -> list[str]:
    """End all of a user's sessions and links, but perhaps the one with this secret; announce them after the commit."""
    others = [Token.hash != hash_of(but)] if but else []
    return _delete(session, Token.user_id == user_id, *others)


def revoke_links(session: Session, user_id: str) -> None:
    """Make the links worthless by which a user could sign in."""
    _delete(session, Token.user_id == user_id, Token.purpose == "link")


def revoke_links_made_by(session: Session, user_id: str) -> None:
    """Make the links worthless that somebody has made for others."""
    _delete(session, Token.purpose == "link", Token.made_by == user_id)


def list_sessions(user: User) -> list[Token]:
    """The sessions of an agent's browsers, the last used first."""
    with db.reading() as session:
        own = select(Token).where(Token.user_id == user.id, Token.purpose == "inbox", Token.expires_at > now())
        return list(session.scalars(own.order_by(db.newest_first(Token.used_at), Token.created_at.desc())))


def end_session(user: User, which: str) -> bool:
    """End one of one's own sessions by its id; False when there is none."""
    with db.transaction() as session:
        ended = _delete(session, Token.user_id == user.id, Token.hash.startswith(which, autoescape=True))
    announce(ended)
    return bool(ended)


def spend(secret: str, purpose: str) -> User | None:
    """Use up a one-time secret: the first caller gets its user, every later one None."""
    with db.transaction() as session:
        used = session.execute(
            delete(Token)
            .where(Token.hash == hash_of(secret), Token.purpose == purpose)
            .returning(Token.user_id, Token.expires_at)
        ).first()
        if used is None or (used.expires_at and used.expires_at < now()):
            return None
        user = session.get(User, used.user_id)
        return None if user is None or user.removed_at else user


def is_fresh_by_link(secret: str, age: timedelta) -> bool:
    """Whether this session began with a one-time link, and no longer ago than this."""
    with db.reading() as session:
        token = session.get(Token, hash_of(secret))
    return token is not None and token.by_link and token.created_at > now() - age


def note_address(session: Session, secret: str, address: str) -> None:
    """Write down from which network a session was opened, where that is news."""
    news = and_(Token.hash == hash_of(secret), Token.address != address)
    session.execute(update(Token).where(news).values(address=address))


def newest_browser(user_id: str) -> str:
    """What the browser calls itself in which a visitor was last; empty when that is not known."""
    own = select(Token.browser).where(Token.user_id == user_id, Token.purpose == "visitor")
    with db.reading() as session:
        return session.scalar(own.order_by(db.newest_first(Token.used_at)).limit(1)) or ""


def is_good(secret: str, purpose: str) -> bool:
    """Whether this secret could be spent."""
    return bearer(secret, purpose) is not None
