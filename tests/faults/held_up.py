"""The chat, served by gunicorn, in which nothing that a request committed is published before the worker ends."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from flask import has_request_context

from widget import create_app
from widget.background import sweeper
from widget.broadcast import messages
from widget.realtime import Event, Order
from widget.realtime import publish as publish_as_ever

app = create_app()


def publish(events: Iterable[tuple[str, Event]], order: Order | None = None) -> dict[str, int]:
    """Publish as ever, but let a request wait longer than its worker lives."""
    if has_request_context():
        threading.Event().wait(60)
    return publish_as_ever(events, order)


messages.publish = publish
sweeper.sweep = lambda: 0
