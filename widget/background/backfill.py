"""Does for old rows what new ones get when they are written, in steps, while the chat goes on; then ends for good."""

from __future__ import annotations

import logging

import gevent
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import backfills

PAUSE = 0.02
"""Seconds between two steps, for everybody else."""

WAIT = 5
"""Seconds until the next try, where another process holds the lease or the database is away."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Work for as long as there is something to do and this process holds the lease."""
    with app.app_context():
        while True:
            try:
                if not backfills.are_left():
                    return
                if extensions.of(app).mesibo_worker.lease.held:
                    backfills.step()
                    gevent.sleep(PAUSE)
                else:
                    gevent.sleep(WAIT)
            except SQLAlchemyError as error:
                _log.warning("what is to be done for old rows is done later: %s", str(error).partition("\n")[0])
                gevent.sleep(WAIT)
