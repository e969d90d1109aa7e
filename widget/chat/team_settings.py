"""What the owner sets in the inbox: one JSON object a key, with a default for each of its fields.

Where a field has a variable in the environment, that gives its default; where the variable is set, it wins.
"""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from widget import db, extensions
from widget.chat import audit, events
from widget.models import Setting, User, now
from widget.settings import variable_of

Values = dict[str, Any]

MAX_AGE = 1
"""Seconds for which a process believes what it has read, where that is enough."""

DEFAULTS: dict[str, Values] = {
    "appearance": {
        "color": "",  # the default
        "theme": "auto",
        "position": "right",
        "greeting": "",
        "launcher_icon": "chat",
        "launcher_label": "",
    },
    "assignment": {
        "by_answering": True,  # a first answer assigns whoever gives it
        "by_turns": False,
        "capacity": None,  # how many open conversations an agent is given by turns, unless they have their own number
    },
    "hours": {
        "on": False,
        "time_zone": "UTC",
        "week": {day: ["09:00", "17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
        | {"saturday": None, "sunday": None},
        "country": "",  # whose holidays are kept (ISO 3166-1)
        "subdivision": "",  # a part of it that has its own (ISO 3166-2)
        "closed_words": "",
        "show_response_time": True,
    },
    "rules": {  # each off until it has a number
        "resolve_after_days": None,
        "resolve_asks_rating": False,
        "remind_after_minutes": None,
        "unassign_after_minutes": None,
        "bot_close_after_hours": None,
        "away_after_minutes": None,
    },
    "bots": {
        "answer_within_seconds": 30,  # a bot that neither answers nor types for so long hands over
    },
    "ratings": {
        "ask": False,  # whether a visitor is asked how it was when an agent resolves their case
    },
    "notifications": {
        "mail_after_minutes": 5,  # how long a visitor waits whom nobody looks at, before a mail says so; None: no mails
    },
}
"""What holds until somebody has set something else. Whoever adds an area to the settings adds its key here."""

FROM_ENVIRONMENT: dict[str, dict[str, str]] = {
    "appearance": {"name": "display_name", "picture": "display_picture"},
    "privacy": {
        "retention_days": "retention_days",
        "require_second_factor": "require_second_factor",
        "edit_minutes": "edit_minutes",
        "case_reopen_hours": "case_reopen_hours",
    },
}
"""Key → field → the field of `widget.settings` that gives its default, and wins where its variable is set."""


def get(session: Session, key: str) -> Values:
    """What holds for a key."""
    return _complete(key, kept.value if (kept := session.get(Setting, key)) else {})


def defaults(key: str) -> Values:
    """What holds for a key where nobody has set anything."""
    return _complete(key, {})


def _complete(key: str, kept: Values) -> Values:
    """What was set, with the defaults around it and what the environment forces upon it."""
    given = {field: getattr(extensions.settings(), name) for field, name in FROM_ENVIRONMENT.get(key, {}).items()}
    forced = {field: given[field] for field in fixed(key)}
    return deepcopy(DEFAULTS.get(key, {})) | given | kept | forced


def fixed(key: str) -> dict[str, str]:
    """The fields of a key that cannot be changed here, each with the variable that is set for it."""
    variables = {field: variable_of(name) for field, name in FROM_ENVIRONMENT.get(key, {}).items()}
    return {field: name for field, name in variables.items() if name in extensions.settings().given}


def load(key: str) -> Values:
    """The same as `get`, outside a transaction."""
    with db.reading() as session:
        return get(session, key)


def recent(key: str, age: float = MAX_AGE) -> Values:
    """The same, at most so many seconds old, out of this process's memory mostly: for what is asked all the time."""
    known = extensions.current().recent_settings
    if key not in known or time.monotonic() - known[key][0] > age:
        known[key] = (time.monotonic(), load(key))
    return known[key][1]


def remembered(key: str) -> Values:
    """What this process knew last, or else the defaults: for while the database is away."""
    known = extensions.current().recent_settings.get(key)
    return known[1] if known else defaults(key)


def put(by: User, key: str, values: Values) -> Values:
    """Set some fields of a key, as `by`; returns all of them. What was before stands in the audit.

    It holds at once in this process, and within MAX_AGE seconds in all. What the environment has set is left as it is.
    """
    values = {field: value for field, value in values.items() if field not in fixed(key)}
    try:
        after, changed = _put(by, key, values)
    except IntegrityError:  # another process has set its first field at the same moment
        after, changed = _put(by, key, values)
    extensions.current().recent_settings.pop(key, None)
    if changed:
        events.settings_changed.send(key)
    return after


def _put(by: User, key: str, values: Values) -> tuple[Values, bool]:
    with db.transaction() as session:
        kept = session.get(Setting, key, with_for_update=True)
        before = _complete(key, kept.value if kept else {})
        if kept is None:
            kept = Setting(key=key, value={})
            session.add(kept)
        kept.value, kept.changed_at = kept.value | values, now()
        changed = {name: [before.get(name), value] for name, value in values.items() if before.get(name) != value}
        if changed:
            audit.record(session, by, "settings.change", key, **changed)
        return before | values, bool(changed)
