"""What is committed and not known to be in every member's log yet: a row for each such message, until it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, func, select

from widget import db
from widget.models import Unpublished, now


def settle(versions: Mapping[str, int]) -> None:
    """Record that these messages, each as it was in this version, are in the logs of all members."""
    with db.transaction() as session:
        session.connection().execute(
            delete(Unpublished).where(
                Unpublished.message_id == bindparam("of"), Unpublished.version <= bindparam("upto")
            ),
            [{"of": message_id, "upto": version} for message_id, version in sorted(versions.items())],
        )


def count() -> int:
    """How many messages are committed and not known to be published."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Unpublished)) or 0


def older(than: timedelta, limit: int = 100) -> list[tuple[str, bool]]:
    """What was committed longer ago than this: (message id, whether the tabs do not know it at all yet)."""
    with db.reading() as session:
        query = select(Unpublished.message_id, Unpublished.first).where(Unpublished.created_at < now() - than)
        rows = session.execute(query.order_by(Unpublished.created_at).limit(limit))
        return [(row.message_id, row.first) for row in rows]
