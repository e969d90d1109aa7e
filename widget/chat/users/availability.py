"""Availability: whether an agent takes conversations. A switch that they set, not the presence of a tab."""

from __future__ import annotations

from sqlalchemy import select

from widget import db
from widget.chat import events
from widget.chat.conversations import assignment, rules
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Unprocessable
from widget.chat.messages import notes
from widget.i18n import _
from widget.models import User

MOST = 1000
"""The highest capacity."""


def team() -> list[tuple[User, int]]:
    """Everybody of the team, by name, with the number of open conversations that they have."""
    with db.reading() as session:
        people = select(User).where(User.team_id == TEAM_ID, User.removed_at.is_(None)).order_by(User.name, User.id)
        held = assignment.held(session)
        return [(person, held.get(person.id, 0)) for person in session.scalars(people)]


def get(user_id: str) -> tuple[User, int] | None:
    """One of them; None for anybody else."""
    return next((entry for entry in team() if entry[0].id == user_id), None)


def set_available(user: User, available: bool) -> None:
    """Say that an agent takes conversations, or is away. Raises Forbidden to visitors."""
    notes.require_team(user)
    with db.transaction() as session:
        agent = session.get_one(User, user.id, with_for_update=True)
        agent.available, agent.away_since = available, None
    events.agent_changed.send(user.id)
    if available:
        rules.assign_waiting()


def set_capacity(user: User, capacity: int | None) -> None:
    """How many open conversations an agent is given by turns; None: as many as the team's setting says."""
    notes.require_team(user)
    if capacity is not None and not 0 <= capacity <= MOST:
        raise Unprocessable(_("capacity must be a number up to %(most)s.", most=MOST))
    with db.transaction() as session:
        session.get_one(User, user.id, with_for_update=True).capacity = capacity
    events.agent_changed.send(user.id)
