"""Sends what agents are to be told outside the inbox, in the one process of the deployment that holds the lease."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from flask import Flask, current_app
from gevent.pool import Pool
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import team_settings
from widget.models import Notification, now
from widget.notifications import invitation, mail, proof, push, push_outbox, queue, ringing, subscriptions, waiting
from widget.notifications.queue import OutcomeUnknown, Refused, RetryLater

PAUSE = 2
"""Seconds between two looks at what is to be told."""

TIDY = 3600
"""Seconds between two searches for what was told long ago."""

AT_ONCE = 8
"""How many are on their way at a time: one server that is slow does not hold up the others."""

SENDERS = {"mail": mail.send, "push": push.send, invitation.CHANNEL: invitation.send, proof.CHANNEL: proof.send}

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Look and send for as long as the process lives."""
    tidied = time.monotonic()
    with app.app_context():
        while True:
            time.sleep(PAUSE)
            if not extensions.of(app).mesibo_worker.lease.held:
                continue
            try:
                find(now())
                send_due(now())
                if time.monotonic() > tidied + TIDY:
                    tidied = time.monotonic()
                    queue.delete_old(now())
                    subscriptions.delete_ended()
            except SQLAlchemyError as error:
                _log.warning("nobody can be notified at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("notifying failed")


def find(at: datetime) -> None:
    """Queue what agents are to be told by now."""
    minutes = team_settings.load("notifications")["mail_after_minutes"]
    if minutes is not None and mail.is_set_up():
        waiting.find(at, minutes)
    push_outbox.expand(at)
    ringing.find(at)


def send_due(at: datetime) -> int:
    """Send what is due; returns how many were taken."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def send(notification: Notification) -> bool:
        with app.app_context():
            return _send(notification, at)

    due = [it for it in queue.due(at) if it.channel == "push" or mail.is_set_up()]
    return sum(Pool(AT_ONCE).imap_unordered(send, due))


def _send(notification: Notification, at: datetime) -> bool:
    if not queue.claim(notification):
        return False
    try:
        sent = SENDERS[notification.channel](notification)
    except (RetryLater, Refused, OutcomeUnknown) as error:
        _log.warning("a %s could not be sent: %s", notification.channel, error)
        queue.settle(notification, at, error)
        return False
    queue.settle(notification, at)
    return sent
