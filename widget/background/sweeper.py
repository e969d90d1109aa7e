"""The sweeper: publishes what a crash, or a Redis that was away, left unpublished; ends calls that are overdue; throws
away files that nobody has sent."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

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

_log = logging.getLogger(__name__)


def sweep() -> int:
    """Publish what is left over, in every process alike; returns how many messages and calls. Each arrives once."""
    calls.end_overdue()
    left = outbox.older_than(GRACE)
    for message_id, first in left:
        messages.publish_message(message_id, first)
    ringing = calls.unpublished(GRACE)
    for call_id in ringing:
        call_broadcast.publish_call(call_id)
    return len(left) + len(ringing)


def run(app: Flask) -> None:
    """Sweep for as long as the process lives."""
    with app.app_context():
        tidied = time.monotonic()
        while True:
            try:
                if count := sweep():
                    _log.info("published %d message(s) and calls that had been left over", count)
                if count := files.delete_expired():
                    _log.info("threw away %d file(s) that belong to no message", count)
                if time.monotonic() > tidied + TIDY:
                    tidied = time.monotonic()
                    lookup.delete_expired()
            except (RedisError, SQLAlchemyError, Unreachable) as error:
                _log.warning("cannot sweep at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("sweeping failed")
            time.sleep(PAUSE)
