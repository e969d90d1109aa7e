"""Sends what agents are to be told outside the inbox, in the one process of the deployment that holds the lease."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat import team_settings
from widget.models import Notification, now
from widget.notifications import mail, queue, waiting
from widget.notifications.queue import OutcomeUnknown, Refused, RetryLater

PAUSE = 1
"""Seconds between two looks at what is to be told."""

TIDY = 3600
"""Seconds between two searches for what was told long ago."""

SENDERS = {"mail": mail.send}

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
            except SQLAlchemyError as error:
                _log.warning("nobody can be notified at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("notifying failed")


def find(at: datetime) -> None:
    """Queue what agents are to be told by now."""
    minutes = team_settings.load("notifications")["mail_after_minutes"]
    if minutes is not None and mail.is_set_up():
        waiting.find(at, minutes)


def send_due(at: datetime) -> int:
    """Send what is due; returns how many were taken."""
    return sum(_send(it, at) for it in queue.due(at) if it.channel != "mail" or mail.is_set_up())


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
