"""What is committed and not known to be in every member's log yet: a row for each such message, until it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, func, select

from widget import db
from widget.models import Outbox, now


def delete_published(versions: Mapping[str, int]) -> None:
    """Record that these messages, each as it was in this version, are in the logs of all members."""
    with db.transaction() as session:
        session.connection().execute(
            delete(Outbox).where(Outbox.message_id == bindparam("of"), Outbox.version <= bindparam("upto")),
            [{"of": message_id, "upto": version} for message_id, version in sorted(versions.items())],
        )


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
