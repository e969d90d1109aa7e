"""Deletes what nobody needs any more, in the one process of the deployment that holds the lease."""

from __future__ import annotations

import logging
import time
from collections import Counter

from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import team_settings
from widget.chat.personal import retention
from widget.models import now
from widget.realtime import online

STEP_PAUSE = 0.05
"""Seconds between two steps, for everybody else."""

PAUSE = 60
"""Seconds between two searches, when there was nothing left to delete."""

FIRST = 5
"""Seconds after the start before the first search."""

deleted: Counter[str] = Counter(dict.fromkeys((*retention.KINDS, "files"), 0))
"""How many of each kind this process has deleted; for the metrics."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Delete for as long as the process lives."""
    with app.app_context():
        time.sleep(FIRST)
        while True:
            time.sleep(STEP_PAUSE if _step() else PAUSE)


def _step() -> int:
    """How much was deleted."""
    parts = extensions.current()
    if not parts.mesibo_worker.lease.held:
        return 0
    try:
        found = retention.step(now(), team_settings.load("privacy")["retention_days"], online)
    except (RedisError, SQLAlchemyError) as error:
        _log.warning("what is out of date is deleted later: %s", str(error).partition("\n")[0])
        return 0
    except Exception:
        _log.exception("deleting what is out of date failed")
        return 0
    deleted.update(found)
    if found.total():
        _log.info("out of date and deleted: %s", ", ".join(f"{count} {kind}" for kind, count in found.items() if count))
    return found.total()
