"""Bots: programs that are members of the team, with a token each and what it may be used for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.conversations import assignment
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Forbidden, NotFound, Unprocessable
from widget.chat.users import tokens
from widget.i18n import _, listing
from widget.models import Token, User, Webhook, now
from widget.text import clean

SCOPES = ("read", "write", "notes", "manage")
"""What a bot may do: look at everything that the team does, but notes; write; see and write notes; assign, resolve,
label, and change what the team shares."""

NAME_LIMIT = 60


class Listed(NamedTuple):
    """A bot as whoever runs the server sees it."""

    bot: User
    tokens: int
    """0 when its token was revoked."""


def add(
    name: str, scopes: Iterable[str] = SCOPES[:2], picture: str | None = None, by: User | None = None
) -> tuple[User, str]:
    """Make a bot of the team; returns it, and its token, which is readable in this answer only.

    Raises Unprocessable for a name that is none, is too long or is another bot's, and for an unknown scope.
    """
    name, wanted = clean.line(name), set(scopes)
    if not name or len(name) > NAME_LIMIT:
        raise Unprocessable(_("A bot needs a name of at most %(most)s characters.", most=NAME_LIMIT))
    if not wanted or not wanted <= set(SCOPES):
        raise Unprocessable(_("The scopes of a bot are some of %(scopes)s.", scopes=listing(SCOPES)))
    with db.transaction() as session:
        if session.scalar(_named(name)) is not None:
            raise Unprocessable(_("There is already a bot named %(name)s.", name=name))
        kept = " ".join(it for it in SCOPES if it in wanted)
        bot = User(kind="bot", name=name, team_id=TEAM_ID, scopes=kept, picture=picture)
        session.add(bot)
        session.flush()
        token, _ended = tokens.issue(session, bot, "bot")
        _record(session, "bot.add", bot, by)
    return bot, token


def list_all() -> list[Listed]:
    """All bots, the oldest first."""
    own = select(func.count()).where(Token.user_id == User.id, Token.purpose == "bot").scalar_subquery()
    query = select(User, own).where(User.kind == "bot", User.removed_at.is_(None)).order_by(User.created_at, User.id)
    with db.reading() as session:
        return [Listed(bot, count) for bot, count in session.execute(query)]


def get(session: Session, name: str) -> User:
    """The bot of this name, whatever its case; raises NotFound."""
    found = session.scalar(_named(name))
    if found is None:
        raise NotFound(_("There is no bot named %(name)s.", name=name))
    return found


def find(bot_id: str) -> User:
    """The bot of this id; raises NotFound."""
    found = next((it.bot for it in list_all() if it.bot.id == bot_id), None)
    if found is None:
        raise NotFound(_("There is no such bot."))
    return found


def rotate(name: str, by: User | None = None) -> str:
    """Give a bot another token; the one before is worthless at once, and what it has open ends."""
    with db.transaction() as session:
        bot = get(session, name)
        ended = tokens.revoke_all(session, bot.id)
        token, _ended = tokens.issue(session, bot, "bot")
        _record(session, "bot.rotate", bot, by)
    tokens.announce(ended)
    return token


def revoke(name: str, by: User | None = None) -> None:
    """Make a bot's token worthless; it stays in the team, and a new one can be made for it."""
    with db.transaction() as session:
        bot = get(session, name)
        ended = tokens.revoke_all(session, bot.id)
        _record(session, "bot.revoke", bot, by)
    tokens.announce(ended)


def set_first_responder(name: str, first: bool, by: User | None = None) -> None:
    """Give new conversations to this bot before people from now on, or not any more."""
    with db.transaction() as session:
        bot = get(session, name)
        bot.first_responder = first
        _record(session, "bot.first", bot, by)


def remove(name: str, by: User | None = None) -> None:
    """Take a bot out of the team: what it had is nobody's, what it has written stays."""
    with db.transaction() as session:
        bot = get(session, name)
        bot.removed_at = now()
        session.execute(delete(Webhook).where(Webhook.bot_id == bot.id))
        ended = tokens.revoke_all(session, bot.id)
        left = assignment.give_back_all(session, bot)
        _record(session, "bot.remove", bot, by)
    tokens.announce(ended)
    for conversation_id in left:
        events.work_changed.send(conversation_id, listed=False)


def require_scope(bot: User, scope: str) -> None:
    """Raise Forbidden for a bot that has not this one of SCOPES."""
    if scope not in (bot.scopes or "").split():
        raise Forbidden(_("This bot has no scope “%(scope)s”.", scope=scope))


def _named(name: str) -> Select[User]:
    here = select(User).where(User.kind == "bot", User.removed_at.is_(None))
    return here.where(func.lower(User.name) == name.strip().lower())


def _record(session: Session, action: str, bot: User, by: User | None) -> None:
    """Note who did it; whoever runs the server stands as the team."""
    audit.record(session, by or session.get_one(User, TEAM_ID), action, bot.id, name=bot.name)
