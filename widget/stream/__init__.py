"""How an event reaches every tab. Knows Redis and sockets; nothing of conversations or templates."""

from widget.stream.blueprint import sse
from widget.stream.events import Event, listening, publish
from widget.stream.log import EVERYONE

__all__ = ["EVERYONE", "Event", "listening", "publish", "sse"]
