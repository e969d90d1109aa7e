"""The sweeper: publishes what a crash, or a Redis that was away, left unpublished; ends calls that are overdue; throws
away files that nobody has sent."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.background import retention
from widget.broadcast import calls as call_broadcast
from widget.broadcast import messages, outbox
from widget.chat.attachments import files
from widget.chat.calls import calls
from widget.previews import lookup
from widget.storage import Unreachable

GRACE = timedelta(seconds=2)
"""How old an unpublished message must be: younger ones are being published by the request that sent them."""

TIDY = 600
"""Seconds between two searches for previews that nobody needs any more."""

PAUSE = 1
"""Seconds between two sweeps."""

FILES = 5
"""Seconds between two searches for files that nobody has sent."""

_log = logging.getLogger(__name__)


def sweep() -> int:
    """End calls that are overdue and publish what is left over, in every process alike; returns how much it was."""
    calls.end_overdue()
    return _publish_older_than(GRACE)


def publish_all(app: Flask) -> None:
    """Publish all that is committed, however young it is. What does not work now another process's sweeper does."""
    with app.app_context():
        try:
            extensions.current().published_buffer.settle()
            _publish_older_than(timedelta())
            extensions.current().published_buffer.settle()
        except (RedisError, SQLAlchemyError) as error:
            _log.warning("what was not published is left to others: %s", str(error).partition("\n")[0])


def _publish_older_than(age: timedelta) -> int:
    """How many messages and calls were published. Each arrives once, whoever else is publishing it."""
    left = outbox.older_than(age)
    for message_id, first in left:
        messages.publish_message(message_id, first)
    ringing = calls.unpublished(age)
    for call_id in ringing:
        call_broadcast.publish_call(call_id)
    return len(left) + len(ringing)


def run(app: Flask) -> None:
    """Sweep for as long as the process lives."""
    with app.app_context():
        tidied = files_tidied = time.monotonic()
        while True:
            try:
                if count := sweep():
                    _log.info("published %d message(s) and calls that had been left over", count)
                if time.monotonic() > files_tidied + FILES:
                    files_tidied = time.monotonic()
                    if count := files.delete_expired():
                        retention.deleted["files"] += count
                        _log.info("threw away %d file(s) that belong to no message", count)
                if time.monotonic() > tidied + TIDY:
                    tidied = time.monotonic()
                    lookup.delete_expired()
            except (RedisError, SQLAlchemyError, Unreachable) as error:
                _log.warning("cannot sweep at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("sweeping failed")
            time.sleep(PAUSE)
