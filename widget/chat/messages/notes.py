"""Notes: private messages, which only the team sends, sees, and is told of."""

from __future__ import annotations

import re

from sqlalchemy import select

from widget import db
from widget.chat import events
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Forbidden, Unprocessable
from widget.i18n import _
from widget.models import Message, User


def require_team(user: User) -> None:
    """Raise Forbidden to everybody who is not of the team."""
    if user.principal_id != TEAM_ID:
        raise Forbidden(_("Only the team can do this."))


def require_notes(user: User) -> None:
    """Raise Forbidden to everybody who is not of the team, and to a bot that may see no note."""
    require_team(user)
    if user.without_notes:
        raise Forbidden(_("This bot has no scope “notes”."))


def require_public(message: Message) -> None:
    """Raise Unprocessable for a private message, which must not be told to others in any way."""
    if message.private:
        raise Unprocessable(_("This is for the team only: it can be answered by a note, and not be forwarded."))


def mentioned(body: str, people: list[User]) -> list[User]:
    """Whom a text names by @ and their name, whatever its case; of two names that fit, the longer one counts."""
    by_name: dict[str, list[User]] = {}
    for person in people:
        by_name.setdefault(person.name.casefold(), []).append(person)
    names = "|".join(re.escape(name) for name in sorted(filter(None, by_name), key=len, reverse=True))
    if not names:
        return []
    names_written = re.findall(rf"(?<![\w@])@({names})(?!\w)", body.casefold())
    return [person for name in dict.fromkeys(names_written) for person in by_name[name]]


def tell_mentioned(note: Message) -> None:
    """Announce whom a note that is committed names."""
    user_ids = agents_named(note.body, note.sender_id)
    if user_ids:
        events.colleagues_mentioned.send(note, user_ids=user_ids)


def agents_named(body: str, author_id: str) -> list[str]:
    """The ids of the agents whom a text names by @; its author needs no telling."""
    if "@" not in body:
        return []
    with db.reading() as session:
        people = list(
            session.scalars(
                select(User).where(User.team_id == TEAM_ID, User.kind == "agent", User.removed_at.is_(None))
            )
        )
    return [it.id for it in mentioned(body, people) if it.id != author_id]
