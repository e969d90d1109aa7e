"""Runs the rules of time, and tells of the beginning and end of the team's hours, in the one process with the lease."""

from __future__ import annotations

import logging
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import hours
from widget.chat.conversations import handover, rules
from widget.models import now

PAUSE = 4
"""Seconds between two runs: a snooze ends no later than this after its time."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Run the rules for as long as the process lives."""
    with app.app_context():
        while True:
            time.sleep(PAUSE)
            if not extensions.of(app).mesibo_worker.lease.held:
                continue
            try:
                handover.hand_over_silent(now())
                rules.run(now())
                hours.tell_changes(now())
            except SQLAlchemyError as error:
                _log.warning("the rules of time cannot run at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("the rules of time failed")
