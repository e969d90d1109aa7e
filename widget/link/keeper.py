"""The keeper: one background greenlet of the whole deployment that holds the link and drains the outbox."""

from __future__ import annotations

import logging

import gevent
from flask import Flask
from gevent.event import Event
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget.chat import outbox
from widget.link.base import Link, LocalLink
from widget.link.lease import Lease

PAUSE = 1
"""Seconds between two looks into the outbox, and between two tries to become the keeper."""

_log = logging.getLogger(__name__)


class Keeper:
    """Every worker has one; only the one that holds the lease works."""

    def __init__(self, app: Flask, redis: Redis):
        self._app = app
        self._link: Link = LocalLink()
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.lease = Lease(redis)

    @property
    def link_name(self) -> str:
        """Which link this deployment uses."""
        return self._link.name

    def start(self) -> None:
        """Begin, in a greenlet of this process."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Finish the entry in hand, then give the lease up. Returns at once."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until the lease is given up after `stop`, but no longer than this."""
        if self._greenlet is not None:
            self._greenlet.join(seconds)

    def _run(self) -> None:
        was_held = False
        with self._app.app_context():
            while not self._stopping.is_set():
                try:
                    if self.lease.claim() != was_held:
                        was_held = not was_held
                        _log.info("%s the keeper (link: %s)", "now" if was_held else "no longer", self._link.name)
                    self._drain()
                except (RedisError, SQLAlchemyError) as error:
                    _log.warning("the keeper cannot work at the moment: %s", str(error).partition("\n")[0])
                except Exception:
                    _log.exception("the keeper failed; it goes on")
                self._stopping.wait(PAUSE)
            try:
                self.lease.release()
            except RedisError:
                _log.debug("the lease runs out by itself")

    def _drain(self) -> None:
        """Send what waits, oldest first, for as long as the lease is surely ours."""
        while self.lease.held and not self._stopping.is_set():
            entries = outbox.waiting()
            if not entries:
                return
            for number, message in entries:
                if not self.lease.held:
                    return
                self._link.send(message)
                outbox.mark_sent(number)
            self.lease.claim()
