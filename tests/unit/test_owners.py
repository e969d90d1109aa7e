"""Who may open a stream by a token is who may do anything else by it: asked for many at once, or for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.unit.team_scene import agent
from widget import db
from widget.chat.users import tokens, visitors
from widget.chat.users.visitors import Profile
from widget.models import Token, User, now

pytestmark = pytest.mark.usefixtures("app_context")

HOUR = timedelta(hours=1)


def visitor_token() -> str:
    return visitors.open_session(None, Profile()).token


def changed(table: type[Token] | type[User], **values: object) -> str:
    """The token of a visitor, after something of it, or of them, was changed in the database."""
    secret = visitor_token()
    with db.transaction() as session:
        owner = session.scalars(select(Token.user_id).where(Token.hash == tokens.hash_of(secret))).one()
        which = Token.user_id == owner if table is Token else User.id == owner
        session.execute(update(table).where(which).values(**values))
    return secret


def revoked() -> str:
    secret = visitor_token()
    tokens.revoke(secret)
    return secret


def of_agent() -> str:
    ana = agent("Ana")
    with db.transaction() as session:
        return tokens.issue(session, session.get_one(User, ana.id), "inbox")[0]


def test_many_are_let_in_exactly_as_each_of_them_would_be() -> None:
    made = {
        "good": visitor_token(),
        "good for an hour": changed(Token, expires_at=now() + HOUR),
        "expired": changed(Token, expires_at=now() - HOUR),
        "of nobody who is here": changed(User, removed_at=now()),
        "revoked": revoked(),
        "for the inbox": of_agent(),
        "unknown": "x" * 43,
        "empty": "",
    }
    alone = {what: tokens.bearer(secret, "visitor") for what, secret in made.items()}
    assert {what for what, bearer in alone.items() if bearer} == {"good", "good for an hour"}
    asked = [*made, "good"]  # two tabs have the same
    together = dict(zip(asked, tokens.owners([made[what] for what in asked], "visitor"), strict=False))
    for what, bearer in alone.items():
        assert together[what] == (bearer and (bearer.user.id, bearer.session)), what


def test_whoever_listens_has_used_the_token_and_it_lasts_from_then() -> None:
    old, fresh = changed(Token, used_at=now() - 2 * HOUR), changed(Token, used_at=now() - HOUR / 2)
    tokens.owners([old, fresh], "visitor")
    with db.reading() as session:
        used = {it: session.get_one(Token, tokens.hash_of(it)) for it in (old, fresh)}
    assert now() - used[old].used_at < HOUR / 4  # type: ignore[operator]
    assert used[old].expires_at - now() > tokens.VISITOR_LIFETIME - HOUR  # type: ignore[operator]
    assert now() - used[fresh].used_at > HOUR / 4  # type: ignore[operator]
