"""What is committed and not known to be in every member's log yet: a row for each such message, until it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, func, select

from widget import db
from widget.models import Message, Outbox, now


def delete_published(versions: Mapping[str, int]) -> None:
    """Record that these messages, each as it was in this version, are in the logs of all members."""
    with db.transaction() as session:
        session.connection().execute(
            delete(Outbox).where(Outbox.message_id == bindparam("of"), Outbox.version <= bindparam("upto")),
            [{"of": message_id, "upto": version} for message_id, version in sorted(versions.items())],
        )


def unpublished_before(message: Message, after: int) -> list[str]:
    """The messages of the same conversation, above the number `after`, that may not be in every log yet; in order."""
    with db.reading() as session:
        query = select(Outbox.message_id).join(Message, Message.id == Outbox.message_id).order_by(Message.seq)
        between = (Message.seq > after, Message.seq < message.seq, Outbox.first)
        return list(session.scalars(query.where(Message.conversation_id == message.conversation_id, *between)))


def count() -> int:
    """How many messages are committed and not known to be published."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Outbox)) or 0


def older_than(than: timedelta, limit: int = 100) -> list[tuple[str, bool]]:
    """What was committed longer ago than this: (message id, whether the tabs do not know it at all yet)."""
    with db.reading() as session:
        query = select(Outbox.message_id, Outbox.first).where(Outbox.created_at < now() - than)
        rows = session.execute(query.order_by(Outbox.created_at).limit(limit))
        return [(row.message_id, row.first) for row in rows]
