"""The chat, served by gunicorn, with a worker that dies in the middle of sending when a message's body says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from flask import has_request_context

from widget import create_app
from widget.broadcast import messages
from widget.chat.messages import history
from widget.realtime import Event
from widget.realtime import publish as publish_as_ever

BEFORE_PUBLISH = "the worker dies after the commit, before it publishes"
AFTER_PUBLISH = "the worker dies after it has published, before it notes that it has"

app = create_app()


def publish(events: Iterable[tuple[str, Event]], once: str | None = None) -> None:
    """Publish as ever, but die first or die then. Only a request does: the sweeper, which comes after, lives."""
    message = history.load(once.partition(":")[0]) if once and has_request_context() else None
    body = message.body if message else ""
    if body == BEFORE_PUBLISH:
        os.kill(os.getpid(), signal.SIGKILL)
    publish_as_ever(events, once)
    if body == AFTER_PUBLISH:
        os.kill(os.getpid(), signal.SIGKILL)


messages.publish = publish  # type: ignore[attr-defined]
