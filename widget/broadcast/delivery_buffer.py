"""The delivery buffer: who connected, who disconnected and what was delivered, written down many at once."""

from __future__ import annotations

import _thread
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import TypeVar

from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget.chat import presence, receipts
from widget.realtime.log import Log
from widget.threads import give_way

PAUSE = 0.25
"""Seconds for which notes are gathered: a message that reaches a whole group is one transaction."""

PORTION = 25
"""How many notes are dealt with at a time: while SQLite writes, all tabs of this process wait."""

Key = TypeVar("Key")
Note = TypeVar("Note")

_log = logging.getLogger(__name__)


class DeliveryBuffer:
    """The hub's observer: it takes notes in memory, and a loop of its own brings them to `chat/` a moment later.

    The hub may ask from the event loop and with its locks held, so a note only ever changes a dictionary.
    """

    def __init__(self, app: Flask, log: Log, busy: Callable[[], bool] = lambda: False):
        self._app = app
        self._busy = busy  # then who is here is told later: it is fleeting, and the last change counts
        self._log = log
        self._lock = threading.Lock()  # guards the notes; nobody waits for anything while holding it
        self._delivered: dict[tuple[str, str], int] = {}  # the highest number of each user and conversation
        # When each user disconnected; None for who connected. The last counts.
        self._changes: dict[str, datetime | None] = {}
        self._running = False

    def connected(self, user_id: str) -> None:
        """Note that a user's first tab in this process has opened."""
        with self._lock:
            self._changes[user_id] = None
            self._start()

    def disconnected(self, user_id: str, at: datetime) -> None:
        """Note that a user's last tab in this process closed at `at`."""
        with self._lock:
            self._changes[user_id] = at
            self._start()

    def delivered(self, user_id: str, about: str) -> None:
        """Note that a tab of the user was given "<conversation id>:<seq>"; what reads otherwise is not ours."""
        conversation_id, _, seq = about.rpartition(":")
        if not conversation_id or not seq.isdecimal():
            return
        with self._lock:
            self._keep({(user_id, conversation_id): int(seq)})
            self._start()

    def _keep(self, marks: dict[tuple[str, str], int]) -> None:
        for mark, seq in marks.items():
            self._delivered[mark] = max(seq, self._delivered.get(mark, 0))

    def _start(self) -> None:
        # Not a threading.Thread: its start() waits until the thread runs, and who calls here must not wait. Under
        # gunicorn's gevent worker it is a greenlet.
        if not self._running:
            self._running = True
            _thread.start_new_thread(self.run, ())

    def run(self) -> None:
        """Settle for as long as the process lives; started by the first note."""
        well = True
        while True:
            time.sleep(PAUSE)
            try:
                self.settle()
                well = True
            except (RedisError, SQLAlchemyError) as error:
                if well:  # once, not four times a second
                    _log.warning("deliveries are written down later: %s", str(error).partition("\n")[0])
                well = False
            except Exception:
                _log.exception("deliveries could not be written down")

    def settle(self) -> int:
        """Do what was noted and return how many things that were.

        Raises RedisError and SQLAlchemyError when Redis or the database is away; what was not done stays noted.
        """
        done = 0
        for _ in range(-(-max(len(self._delivered), len(self._changes)) // PORTION)):
            with self._app.app_context():
                done += self._settle_delivered() + (0 if self._busy() else self._settle_changes())
            give_way()
        return done

    def _settle_delivered(self) -> int:
        with self._lock:
            delivered = _portion(self._delivered)
        if delivered:
            try:
                receipts.mark_delivered(delivered)
            except (RedisError, SQLAlchemyError):
                with self._lock:
                    self._keep(delivered)
                raise
        return len(delivered)

    def _settle_changes(self) -> int:
        """Tell who is here now and who is nowhere any more: a user may have tabs in other processes, too."""
        with self._lock:
            changes = _portion(self._changes)
        try:
            here = self._log.listened_to(changes)
            connected = {user_id for user_id, at in changes.items() if at is None and user_id in here}
            disconnected = {user_id: at for user_id, at in changes.items() if at is not None and user_id not in here}
            if connected:
                presence.connected(connected)
            if disconnected:
                presence.disconnected(disconnected)
        except (RedisError, SQLAlchemyError):
            with self._lock:
                self._changes = changes | self._changes  # what was noted meanwhile is newer
            raise
        return len(connected) + len(disconnected)


def _portion(notes: dict[Key, Note]) -> dict[Key, Note]:
    """Take out the oldest notes."""
    return {key: notes.pop(key) for key in list(islice(notes, PORTION))}
