"""Brings what happened in the chat to the tabs: renders each member's view of it and publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Listen to the chat, and to what the streams tell of who is here and what has reached them."""
    from widget import extensions
    from widget.broadcast import publisher
    from widget.broadcast.delivery_buffer import DeliveryBuffer
    from widget.broadcast.published_buffer import PublishedBuffer

    parts = extensions.of(app)
    parts.published_buffer = PublishedBuffer(app)
    parts.delivery_buffer = DeliveryBuffer(app, parts.log)
    parts.hub.observer = parts.delivery_buffer
    publisher.connect()
