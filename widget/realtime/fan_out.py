"""What the subscribers of this process are given: the past when they come, then each event as it is announced."""

from __future__ import annotations

from widget.realtime.events import RETRY, Event, ReceivedEvent
from widget.realtime.log import Past, position
from widget.realtime.observer import Observer
from widget.realtime.replay import in_order
from widget.realtime.subscriber import Subscriber
from widget.realtime.user_streams import UserStreams


class FanOut:
    """Writes events to subscribers, each once. Whoever calls it holds the hub's lock."""

    def __init__(self, observer: Observer | None) -> None:
        self.observer = observer
        self.count = 0

    def catch_up(self, streams: UserStreams, subscriber: Subscriber, past: Past) -> str:
        """Write the past, then what came in meanwhile, and go live; returns the id of the last event."""
        seen = past.seen
        # An id alone dispatches nothing, but from here on the browser knows where it is (SSE standard, 9.2.6).
        subscriber.write(f"retry: {RETRY}\nid: {seen}\n\n".encode())
        if past.missed is None:
            subscriber.write(str(Event("reload", type="resync", id=seen)).encode())
        missed = [ReceivedEvent(event_id, entry) for event_id, entry in past.missed or []]
        for received in in_order(missed, subscriber.held or [], position(seen)):
            self._give(streams, subscriber, received)
            seen = received.event_id or seen
        subscriber.held, subscriber.seen = None, position(seen)
        return seen

    def deliver(self, streams: UserStreams, received: ReceivedEvent) -> None:
        """Give an event to every subscriber of a user, unless it was in the replay: announcements may lag behind."""
        streams.note_newest(received.event_id)
        for subscriber in list(streams.subscribers):
            if subscriber.held is not None:
                subscriber.held.append(received)
                continue
            if subscriber.seen is not None and received.event_id:
                if position(received.event_id) <= subscriber.seen:
                    continue
                subscriber.seen = None
            self._give(streams, subscriber, received)

    def _give(self, streams: UserStreams, subscriber: Subscriber, received: ReceivedEvent) -> None:
        is_selective = subscriber.is_selective
        frame = received.frame_for(streams.followed or ()) if is_selective else received.frame(subscriber.as_json)
        if not frame:
            return
        subscriber.write(frame)
        self.count += 1
        if received.about is not None:
            self._note(subscriber, received)

    def _note(self, subscriber: Subscriber, received: ReceivedEvent) -> None:
        """Tell the observer, once for all tabs of a user here; what cut a slow subscriber off was not delivered."""
        user_id = subscriber.user_id
        if (
            self.observer
            and received.about is not None
            and not subscriber.closed
            and user_id not in received.delivered_to
        ):
            received.delivered_to.add(user_id)
            self.observer.delivered(user_id, received.about)
