"""The chat, served by gunicorn, with a worker that dies in the middle of sending when a message's body says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from flask import has_request_context

from widget import create_app
from widget.broadcast import messages
from widget.realtime import Event, Order
from widget.realtime import publish as publish_as_ever

BEFORE_PUBLISH = "the worker dies after the commit, before it publishes"
AFTER_PUBLISH = "the worker dies after it has published, before it notes that it has"

app = create_app()


def publish(events: Iterable[tuple[str, Event]], order: Order | None = None) -> dict[str, int]:
    """Publish as ever, but die first or die then. Only a request does: the sweeper, which comes after, lives."""
    pairs = list(events)
    shown = (
        [event.as_json or {} for _, event in pairs if event.type.startswith("message")] if has_request_context() else []
    )
    body = shown[0].get("body") if shown else ""
    if body == BEFORE_PUBLISH:
        os.kill(os.getpid(), signal.SIGKILL)
    behind = publish_as_ever(pairs, order)
    if body == AFTER_PUBLISH:
        os.kill(os.getpid(), signal.SIGKILL)
    return behind


messages.publish = publish  # type: ignore[attr-defined]
