"""How an event reaches every tab. Knows Redis and sockets; nothing of conversations or templates."""

from widget.stream.blueprint import sse
from widget.stream.events import Event, publish

__all__ = ["Event", "publish", "sse"]
