"""How an event reaches every tab. Knows Redis and sockets; nothing of conversations or templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widget.realtime.blueprint import open_in, sse
from widget.realtime.events import Event, online, publish, publish_if_possible
from widget.realtime.log import EVERYONE, Order

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["EVERYONE", "Event", "Order", "online", "open_in", "publish", "publish_if_possible", "register", "sse"]


def register(app: Flask) -> None:
    """Give the app its log and its hub, and flask-sse's face on them."""
    from widget import extensions, redis
    from widget.realtime.hub import Hub
    from widget.realtime.log import Log

    parts = extensions.of(app)
    url = parts.settings.redis_url
    parts.log = Log(parts.redis, sharded=redis.is_cluster(url))
    # A subscription that connected again by itself would hide that events were missed in between.
    parts.hub = Hub(redis.connect(url, 1, retries=0), parts.log)
    app.register_blueprint(sse)
