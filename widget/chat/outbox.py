"""The outbox: messages on their way to the agents' mesibo apps."""

from __future__ import annotations

from sqlalchemy import func, select, update

from widget import db
from widget.models import Message, Outbox, now


def waiting(limit: int = 100) -> list[tuple[int, Message]]:
    """The oldest entries that have not left yet, each as (entry's number, message)."""
    with db.reading() as session:
        rows = session.execute(
            select(Outbox.id, Message)
            .join(Message, Message.id == Outbox.message_id)
            .where(Outbox.state == "waiting")
            .order_by(Outbox.id)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in rows]


def mark_sent(entry: int) -> None:
    """Record that an entry has left."""
    with db.transaction() as session:
        session.execute(update(Outbox).where(Outbox.id == entry).values(state="sent", sent_at=now()))


def count_waiting() -> int:
    """How many entries have not left yet."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "waiting")) or 0
