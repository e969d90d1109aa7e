"""What the owner sets in the inbox: one JSON object a key, with a default for each of its fields."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit
from widget.models import Setting, User, now

DEFAULTS: dict[str, dict[str, Any]] = {
    "assignment": {
        "by_answering": True,  # a first answer assigns whoever gives it
        "by_turns": False,
        "capacity": None,  # how many open conversations an agent is given by turns, unless they have their own number
    },
    "rules": {  # each off until it has a number
        "resolve_after_days": None,
        "resolve_asks_rating": False,
        "remind_after_minutes": None,
        "unassign_after_minutes": None,
        "bot_close_after_hours": None,
        "away_after_minutes": None,
    },
}
"""What holds until somebody has set something else. Whoever adds an area to the settings adds its key here."""


def get(session: Session, key: str) -> dict[str, Any]:
    """What is set under a key, completed by the defaults."""
    kept = session.get(Setting, key)
    return deepcopy(DEFAULTS.get(key, {})) | (kept.value if kept else {})


def load(key: str) -> dict[str, Any]:
    """The same, outside a transaction."""
    with db.reading() as session:
        return get(session, key)


def put(by: User, key: str, values: dict[str, Any]) -> dict[str, Any]:
    """Set some fields of a key, as `by`; returns all of them. What was before stands in the audit."""
    with db.transaction() as session:
        before = get(session, key)
        after = before | values
        kept = session.get(Setting, key)
        if kept is None:
            kept = Setting(key=key)
            session.add(kept)
        kept.value, kept.changed_at = after, now()
        changed = {name: [before.get(name), value] for name, value in values.items() if before.get(name) != value}
        if changed:
            audit.record(session, by, "settings.change", key, **changed)
    return after
