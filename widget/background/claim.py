"""Tells in the log, once, how the first owner comes into a deployment that nobody owns yet."""

from __future__ import annotations

import logging
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat.users import claim

PAUSE = 2
"""Seconds between two looks for the lease."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Wait until this process holds the lease, or another one has told it, for as long as nobody owns it."""
    with app.app_context():
        while True:
            try:
                if not claim.is_open():
                    return
                if extensions.of(app).mesibo_worker.lease.held:
                    address = f"{extensions.settings().base_url}/inbox"
                    _log.warning("Nobody owns this inbox yet: claim it at %s with the code %s", address, claim.code())
                    return
            except SQLAlchemyError as error:
                _log.warning("whether anybody owns this inbox is asked later: %s", str(error).partition("\n")[0])
            time.sleep(PAUSE)
