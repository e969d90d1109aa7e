"""Delivers webhooks, in the one process of the deployment that holds the lease; a few at once to each receiver, so
that a slow one delays nobody else."""

from __future__ import annotations

import logging
import time

import gevent
from flask import Flask
from gevent.event import Event
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import events
from widget.models import WebhookDelivery
from widget.webhooks import delivery, outbox

PAUSE = 1
"""Seconds between two looks for what other processes have written; what this one writes is delivered at once."""

SIDE_BY_SIDE = 4
"""How many requests one receiver gets at once, each of another conversation or set aside (state `aside`)."""

TIDY = 600
"""Seconds between two clearings."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Deliver for as long as the process lives."""
    Deliveries(app).run()


class Deliveries:
    """What is under way to which receiver."""

    def __init__(self, app: Flask):
        self._app = app
        self._under_way: dict[str, set[int]] = {}
        self._wake = Event()
        self._tidied = time.monotonic()
        self._are_there = True

    def run(self) -> None:
        """Start what is due, again and again."""

        def wake(_sender: object, **_: object) -> None:
            if self._are_there:  # else each message would be followed by a question for nothing
                self._wake.set()

        events.message_changed.connect(wake)
        events.work_changed.connect(wake)
        events.call_changed.connect(wake)
        with self._app.app_context():
            while True:
                self._wake.wait(PAUSE)
                self._wake.clear()
                if not extensions.of(self._app).mesibo_worker.lease.held:
                    continue
                try:
                    self._start_due()
                    if time.monotonic() > self._tidied + TIDY and not outbox.delete_old():
                        self._tidied = time.monotonic()
                except SQLAlchemyError as error:
                    _log.warning("webhooks are delivered later: %s", str(error).partition("\n")[0])
                except Exception:
                    _log.exception("delivering webhooks failed")

    def _start_due(self) -> None:
        self._are_there = outbox.has_webhooks()
        if not self._are_there:
            return
        for webhook_id in outbox.webhooks_with_due():
            busy = self._under_way.setdefault(webhook_id, set())
            if len(busy) < SIDE_BY_SIDE:
                for found in outbox.due(webhook_id, busy, SIDE_BY_SIDE - len(busy)):
                    busy.add(found.id)
                    gevent.spawn(self._deliver, found)

    def _deliver(self, found: WebhookDelivery) -> None:
        with self._app.app_context():
            try:
                state = delivery.deliver(found)
                _log.debug("webhook %s: event %s is %s", found.webhook_id, found.event_id, state)
            except SQLAlchemyError as error:
                _log.warning("a webhook is delivered later: %s", str(error).partition("\n")[0])
                gevent.sleep(PAUSE)
            except Exception:
                _log.exception("a webhook could not be delivered")
                outbox.settle(found, outbox.Outcome(None, "This server could not deliver it."))
            finally:
                self._under_way[found.webhook_id].discard(found.id)
                self._wake.set()
