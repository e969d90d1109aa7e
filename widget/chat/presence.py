"""Who is here and who is writing. Being here is what the streams know; only when somebody was last seen is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from widget import db
from widget.chat.conversations import handover, membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.events import presence_changed, typing, viewing
from widget.chat.messages import notes
from widget.models import User, now

_SEEN = (
    update(User)
    .where(User.id == bindparam("who"), or_(User.last_seen_at.is_(None), User.last_seen_at < bindparam("at")))
    .values(last_seen_at=bindparam("at"))
)


def connected(user_ids: set[str]) -> None:
    """These users have opened their first tab."""
    presence_changed.send(frozenset(user_ids))


def disconnected(left: Mapping[str, datetime]) -> None:
    """These users have closed their last tab, each at this time; the team was seen when its last agent was.

    Never moves backwards: two processes may tell of the same departure.
    """
    with db.transaction() as session:
        team = session.scalars(
            select(User.id).where(User.id.in_(left), User.team_id == TEAM_ID, User.kind == "agent")
        ).all()
        moments = dict(left) | ({TEAM_ID: max(left[user_id] for user_id in team)} if team else {})
        # In one order everywhere, so that two processes never wait for each other.
        seen = [{"who": user_id, "at": at} for user_id, at in sorted(moments.items())]
        session.connection().execute(_SEEN, seen)
    presence_changed.send(frozenset(left))


def announce_typing(user: User, conversation_id: str, private: bool = False) -> None:
    """Announce to the others that `user` is writing; it holds for a few seconds. A note (`private`) is for the team.

    Raises NotFound, and Forbidden after leaving, and to visitors for a note.
    """
    at = now()  # before anything that takes time: what is sent meanwhile came after it
    if private:
        notes.require_notes(user)
    with db.reading() as session:
        membership.require_present(membership.member_of(session, user, conversation_id))
    if user.kind == "bot" and not private:
        handover.extend(user, conversation_id)
    typing.send(conversation_id, user=user, private=private, at=at)


def announce_viewing(user: User, conversation_id: str, entered: bool = False) -> None:
    """An agent has a conversation open: told to colleagues, true for half a minute; with `entered` in a tab that knows
    nobody yet and is to be told who else does. Raises NotFound and Forbidden."""
    notes.require_team(user)
    with db.reading() as session:
        membership.member_of(session, user, conversation_id)
    viewing.send(conversation_id, user=user, entered=entered)


def users(user_ids: set[str]) -> list[User]:
    """These users, as they are now."""
    with db.reading() as session:
        return list(session.scalars(select(User).where(User.id.in_(user_ids))))
