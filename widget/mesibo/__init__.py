"""Messages to and from the agents' mesibo apps. The one worker of the deployment that holds the lease does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Give the app its worker, idle unless this process holds the lease, and subscribe to the chat's events."""
    from widget import extensions
    from widget.mesibo import subscribers
    from widget.mesibo.worker import MesiboWorker

    parts = extensions.of(app)
    parts.mesibo_worker = MesiboWorker(app, parts.redis)
    subscribers.connect()
