"""The previewer: after a message with a link is sent, fetches what the page says and adds it to the message.

Every process has one; each link is claimed in the database by one of them, so it is fetched once in the deployment.
"""

from __future__ import annotations

import logging

import gevent
from flask import Flask
from gevent.event import Event
from sqlalchemy.exc import SQLAlchemyError

from widget.chat import events
from widget.chat.messages.sending import CreatedMessage
from widget.previews import queue
from widget.storage import Unreachable

PAUSE = 5
"""Seconds between two checks for what another process has left; what is sent here is fetched at once."""

_log = logging.getLogger(__name__)


def run(app: Flask) -> None:
    """Fetch for as long as the process lives, a few pages side by side."""
    sent = Event()

    def wake(_message_id: str, created: CreatedMessage | None = None, **_: object) -> None:
        if created is None or created.message.link is not None:  # most messages have no link, and that is known already
            sent.set()

    events.message_changed.connect(wake)
    with app.app_context():
        while True:
            sent.wait(PAUSE)
            sent.clear()
            try:
                while claimed := queue.claim():
                    gevent.joinall([gevent.spawn(_complete, app, *link) for link in claimed])
            except (SQLAlchemyError, Unreachable) as error:
                _log.warning("no link can be fetched at the moment: %s", str(error).partition("\n")[0])
            except Exception:
                _log.exception("fetching links failed")


def _complete(app: Flask, message_id: str, url: str) -> None:
    with app.app_context():
        try:
            queue.complete(message_id, url)
        except (SQLAlchemyError, Unreachable) as error:  # its claim runs out, and it is tried again
            _log.warning("no preview for now: %s", str(error).partition("\n")[0])
        except Exception:
            _log.exception("a link could not be fetched")
            queue.give_up(message_id)
