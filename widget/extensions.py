"""What the running app is made of: `create_app` puts it together, everything else finds it here, with its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask
    from redis import Redis
    from sqlalchemy import Engine

    from widget.broadcast.delivery_buffer import DeliveryBuffer
    from widget.broadcast.published_buffer import PublishedBuffer
    from widget.chat.conversations.recent_unread import RecentUnread
    from widget.chat.users.recent_sessions import RecentSession
    from widget.mesibo.worker import MesiboWorker
    from widget.realtime.hub import Hub
    from widget.realtime.log import Log
    from widget.settings import Settings
    from widget.storage import Storage
    from widget.web.admission import InFlight
    from widget.web.limit_buffer import LimitBuffer

_app: Callable[[], Flask] = current_app._get_current_object  # type: ignore[attr-defined]  # the proxy itself is slow

NAME = "chat"
"""Under which Flask keeps it in `app.extensions`."""


class Extensions:
    """The parts of one app. Each is there from the moment at which `create_app` has made it."""

    engine: Engine
    storage: Storage
    redis: Redis
    log: Log
    hub: Hub
    delivery_buffer: DeliveryBuffer
    published_buffer: PublishedBuffer
    mesibo_worker: MesiboWorker
    in_flight: InFlight
    recent_settings: dict[str, tuple[float, dict[str, Any]]]
    """What the owner has set, by key, and when (monotonic) that was read."""
    recent_sessions: dict[str, RecentSession]
    """Visitors' sessions that were good a moment ago, by the hash of their token."""
    recent_unread: dict[str, RecentUnread]
    """How much everybody had not read after a message that this process wrote a moment ago, by conversation."""
    limit_buffer: LimitBuffer | None = None
    """None on a cluster of Redis, where each process counts by itself."""
    signing_key: bytes | None = None
    """The key that the database keeps, once it has been asked for."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.recent_settings = {}
        self.recent_sessions = {}
        self.recent_unread = {}


def of(app: Flask) -> Extensions:
    """The parts of an app."""
    extensions: Extensions = app.extensions[NAME]
    return extensions


def current() -> Extensions:
    """The parts of the app that serves this request, or whose context this is."""
    return of(_app())


def settings() -> Settings:
    """The settings of the running app."""
    return current().settings
