"""The queue of what agents are told: each event once, tried again for as long as it certainly was not sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.models import Conversation, Notification

PORTION = 50
"""How many are sent at a time."""

ATTEMPTS = 6
"""After how many tries it is given up: some two hours after the first."""

FIRST_PAUSE = timedelta(seconds=30)
"""Until the second try; each further one waits three times as long."""

KEPT = timedelta(days=30)
"""For how long it is known that something was told."""


class RetryLater(Exception):
    """It was certainly not taken, and may be later; the text is the other side's."""

    def __init__(self, reason: str, after: timedelta | None = None):
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """It was not taken, and never will be."""


class OutcomeUnknown(Exception):
    """It may have been taken: trying again could tell it twice."""


def add(session: Session, event: str, channel: str, user_id: str, at: datetime, **about: str | None) -> bool:
    """Write down that an agent is to be told of an event; False when that was written down before."""
    if session.scalar(select(Notification.id).where(Notification.event == event)):
        return False
    session.add(Notification(event=event, channel=channel, user_id=user_id, created_at=at, due_at=at, **about))
    return True


def due(at: datetime) -> list[Notification]:
    """What is to be sent by now, the oldest first."""
    query = select(Notification).options(joinedload(Notification.user)).where(Notification.due_at <= at)
    with db.reading() as session:
        return list(session.scalars(query.order_by(Notification.due_at, Notification.id).limit(PORTION)))


def claim(notification: Notification) -> bool:
    """Take it, to be sent now; False when somebody else has. Who dies with it leaves it unsent."""
    taken = (
        update(Notification)
        .where(Notification.id == notification.id, Notification.due_at.is_not(None))
        .values(due_at=None, attempts=Notification.attempts + 1)
    )
    with db.transaction() as session:
        return cast("CursorResult[Any]", session.execute(taken)).rowcount == 1


def settle(notification: Notification, at: datetime, error: Exception | None = None) -> None:
    """Note what became of it; what was certainly not taken becomes due again, up to ATTEMPTS times."""
    with db.transaction() as session:
        kept = session.get(Notification, notification.id)
        if kept is None:
            return
        kept.error = str(error)[:200] if error else None
        if error is None:
            kept.sent_at = at
        elif isinstance(error, RetryLater) and kept.attempts < ATTEMPTS:
            kept.due_at = at + (error.after or FIRST_PAUSE * 3 ** (kept.attempts - 1))


def last_error(channel: str) -> str | None:
    """What the other side answered when the newest notification could not be sent; None when it was."""
    newest = select(Notification).where(Notification.channel == channel, Notification.attempts > 0)
    with db.reading() as session:
        found = session.scalar(newest.order_by(Notification.created_at.desc()).limit(1))
    return found.error if found else None


def delete_old(at: datetime) -> None:
    """Throw away what was told long ago, unless a visitor still waits for whom a mail was sent."""
    waits = exists().where(Conversation.id == Notification.conversation_id, Conversation.waiting_since.is_not(None))
    done = or_(Notification.channel != "mail", ~waits.correlate(Notification))
    with db.transaction() as session:
        session.execute(delete(Notification).where(and_(Notification.created_at < at - KEPT, done)))
