"""How messages leave for the agents' mesibo apps and come back; one worker of the whole deployment holds the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Give the app its worker, which works in one process only, and listen to what happens in the chat."""
    from widget import extensions
    from widget.mesibo import subscribers
    from widget.mesibo.worker import MesiboWorker

    parts = extensions.of(app)
    parts.mesibo_worker = MesiboWorker(app, parts.redis)
    subscribers.connect()
