"""Backfills: what is done for the rows of earlier releases in steps, while the chat goes on."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import numbers
from widget.chat.search import index
from widget.models import Backfill

Step = Callable[[Session, str], list[str]]
"""Does it for the rows whose ids come next after this one; returns these ids, none once there are no more."""

STEPS: dict[str, Step] = {
    "message_search": index.add_old_messages,
    "user_search": index.add_old_users,
    "case_durations": numbers.store_durations,
}


def are_left() -> bool:
    """Whether there are rows left for which something is to be done."""
    return bool(_cursors())


def step() -> None:
    """Do a step of each backfill that is not finished.

    To be called for as long as they `are_left`, by one process of the deployment at a time.
    """
    for name, cursor in _cursors().items():
        with db.transaction() as session:
            ids = STEPS[name](session, cursor)
            progress = session.get_one(Backfill, name)
            if ids:
                progress.cursor = ids[-1]
            else:
                session.delete(progress)  # there is nothing left to do, now and ever


def _cursors() -> dict[str, str]:
    with db.reading() as session:
        return {it.name: it.cursor for it in session.scalars(select(Backfill).where(Backfill.name.in_(STEPS)))}
