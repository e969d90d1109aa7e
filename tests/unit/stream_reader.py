"""A tab of a hub, read by a thread of its own as a server does, with a browser's parser."""

from __future__ import annotations

import threading

from tests import services
from tests.unit.event_source import EventSource
from widget.realtime.hub import Hub
from widget.realtime.subscriber import GeneratorSubscriber


class Reader:
    """An open tab; `source` has what it was given."""

    def __init__(self, hub: Hub, user: str, last_id: str | None = None, is_selective: bool = False):
        self.source = EventSource()
        self.subscriber = GeneratorSubscriber(user, False, hub.forget, "", is_selective)
        hub.open(self.subscriber, last_id)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        services.wait_for(lambda: self.source.last_event_id, "the first id")

    def _read(self) -> None:
        for chunk in self.subscriber:
            self.source.feed(chunk)

    def texts(self) -> list[str]:
        return [event.data for event in self.source.events]

    def ended(self) -> bool:
        self._thread.join(5)
        return not self._thread.is_alive()
