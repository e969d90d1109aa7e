"""The published buffer: which messages are known to be in every member's log, written down many at once.

A transaction for each would cost nearly as much as sending the message did. What is lost with a process is published
by the sweeper once more, and reaches nobody twice.
"""

from __future__ import annotations

import _thread
import logging
import threading
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from widget.broadcast import outbox

PAUSE = 0.25
"""Seconds for which notes are gathered."""

_log = logging.getLogger(__name__)


class PublishedBuffer:
    """Takes notes in memory, and a loop of its own writes them down a moment later."""

    def __init__(self, app: Flask):
        self._app = app
        self._lock = threading.Lock()  # guards the notes; nobody waits for anything while holding it
        self._published: dict[str, int] = {}  # message id: the highest version that is in the logs
        self._running = False

    def note(self, message_id: str, version: int) -> None:
        """A message, as it was in this version, is in the logs of all members."""
        with self._lock:
            self._published[message_id] = max(version, self._published.get(message_id, 0))
            if not self._running:
                self._running = True
                _thread.start_new_thread(self._run, ())

    def held(self) -> set[str]:
        """The messages that are known to be in the logs of all members, though that is not written down yet."""
        with self._lock:
            return set(self._published)

    def settle(self) -> None:
        """Write down what was noted, held until that is done; raises SQLAlchemyError when the database is away."""
        with self._lock:
            published = dict(self._published)
        if not published:
            return
        with self._app.app_context():
            outbox.delete_published(published)
        with self._lock:
            for message_id, version in published.items():
                if self._published.get(message_id) == version:  # not a later one since
                    del self._published[message_id]

    def _run(self) -> None:
        """Settle for as long as there is something to settle; the next note begins anew."""
        while True:
            time.sleep(PAUSE)
            try:
                self.settle()
            except SQLAlchemyError as error:
                _log.warning("what is published is written down later: %s", str(error).partition("\n")[0])
            with self._lock:
                if not self._published:
                    self._running = False
                    return
