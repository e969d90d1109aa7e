"""Events: what travels to the tabs, its form on the wire, and the one function that publishes."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterable
from typing import Any

from flask_sse import Message
from redis import RedisError

from widget import extensions
from widget.realtime.log import Entry, Order

_NEWLINE = re.compile(r"\r\n|\r|\n")

_log = logging.getLogger(__name__)

_PARTS = ("data", "type", "retry", "as_json", "topic", "brief")
"""What is read of an event that was published; what a later release puts there besides is passed over."""

_encode = json.JSONEncoder(separators=(",", ":")).encode  # made once: json.dumps would make one for each event

RETRY = 1000
"""What an EventSource is told to wait before it connects again, in milliseconds."""


class Event(Message):  # type: ignore[misc]
    """A flask-sse message that survives the wire.

    flask-sse itself loses a line's leading space, breaks lines at characters that the SSE standard does not count
    as line ends (U+2028, say), and sends nothing for an empty string; here the standard's grammar is kept.
    `as_json` is what programs get instead of the fragment (`GET /w/stream?as=json`). A `fleeting` event reaches the
    tabs that are open and is not logged, so it has no id. `about` is the publisher's own note: it is never sent to
    a browser, and the hub's observer is told it when a tab of the user was given the event. A selective stream
    gets what has a `topic` only while its user follows that, else `brief` instead, or nothing where that is None.
    """

    def __init__(
        self,
        data: Any,
        type: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        as_json: Any = None,
        *,
        fleeting: bool = False,
        about: str | None = None,
        topic: str | None = None,
        brief: str | None = None,
    ):
        super().__init__(data, type=type, id=id, retry=retry)
        self.as_json = as_json
        self.fleeting = fleeting
        self.about = about
        self.topic = topic
        self.brief = brief
        self._encoded: bytes | None = None

    def to_dict(self) -> dict[str, Any]:
        """The parts that make up what is sent and are set."""
        parts: dict[str, Any] = super().to_dict()
        more = {"as_json": self.as_json, "topic": self.topic, "brief": self.brief}
        return parts | {name: value for name, value in more.items() if value is not None}

    def __str__(self) -> str:
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        lines = [f"id: {self.id}"] if self.id else []
        lines += [f"event: {self.type}"] if self.type else []
        lines += [f"retry: {self.retry}"] if self.retry else []
        lines += [f"data: {line}" for line in _NEWLINE.split(text)]
        return "\n".join(lines) + "\n\n"

    def encode(self) -> bytes:
        """As it is kept in the log and published: JSON on one line, and what it is about behind that. Made once, since
        many may get the same event."""
        if self._encoded is None:
            sent = _encode(self.to_dict()).encode()
            self._encoded = sent if self.about is None else sent + b"\n" + self.about.encode()
        return self._encoded


class ReceivedEvent:
    """An event as it has come from Redis, on its way to any number of subscribers: each form of it is encoded once.

    An event that is not logged has an empty id. `delivered_to` are the users whose delivery the observer knows of.
    """

    __slots__ = ("_event", "_frames", "_sent", "about", "delivered_to", "event_id")

    def __init__(self, event_id: str, entry: bytes):
        self.event_id = event_id
        # Not a part of the JSON, which need not be read when all that is asked for is this.
        self._sent, noted, about = entry.partition(b"\n")
        self.about = about.decode() if noted else None
        self.delivered_to: set[str] = set()
        self._event: Event | None = None
        self._frames: dict[str, bytes] = {}

    @property
    def event(self) -> Event:
        """What was published."""
        if self._event is None:
            parts = json.loads(self._sent)
            self._event = Event(**{name: parts[name] for name in _PARTS if name in parts}, id=self.event_id)
        return self._event

    def frame(self, as_json: bool) -> bytes:
        """The bytes on the wire, with the event's fragment or with its JSON."""
        if not as_json:
            return self._frame("html", self.event.data)
        return self._frame("json", self.event.data if self.event.as_json is None else self.event.as_json)

    def frame_for(self, followed: Collection[str]) -> bytes:
        """What a selective stream is sent whose user follows these topics: the fragment, the brief one, or nothing."""
        event = self.event
        if event.topic is None or event.topic in followed:
            return self.frame(as_json=False)
        return b"" if event.brief is None else self._frame("brief", event.brief)

    def _frame(self, form: str, data: Any) -> bytes:
        frame = self._frames.get(form)
        if frame is None:
            text = json.dumps(data) if form == "json" else data
            sent = Event(text, type=self.event.type, id=self.event_id, retry=self.event.retry)
            frame = self._frames[form] = str(sent).encode(errors="replace")
        return frame


def publish(events: Iterable[tuple[str, Event]], order: Order | None = None) -> dict[str, int]:
    """Append each event to its user's log and send it to all tabs of that user; in this sequence, in one round trip.

    `events` are pairs of a user's id and what that user is to see. A fleeting event is in no log, and only such a
    one may be for EVERYONE: anything else raises ValueError, and nothing is published. With an `order`, who has had
    this number of it or a later one gets nothing; nor do those who have not had what it follows, and they are
    returned, with the number that they have had. Raises redis.RedisError when Redis does not answer.
    """
    entries = (Entry(user_id, event.encode(), event.fleeting, order) for user_id, event in events)
    return extensions.current().log.append(entries)


def publish_if_possible(events: Iterable[tuple[str, Event]], order: Order | None = None) -> None:
    """The same for what may be lost while Redis is away: the next event of its kind tells it, and every page load."""
    try:
        publish(events, order)
    except RedisError as error:
        _log.warning("an event could not be published: %s", error)


def follow(user_id: str, topic: str) -> bool:
    """The user has this topic before them from now on: all that is published of it later reaches their tabs whole.

    Returns False when they had it already. Without Redis nobody gets anything, and there is nothing to change.
    """
    parts = extensions.current()
    try:
        return parts.hub.following.follow(user_id, parts.log.channel(user_id), topic)
    except RedisError:
        return False


def newest_id(user_id: str) -> str:
    """The id of the newest event of a user: where a page that is rendered after this call may begin to listen.

    Without Redis it is an id that no log has, so that the tab reloads once a stream can be opened.
    """
    try:
        return extensions.current().log.tail(user_id)
    except RedisError:
        return "0-0"


def online(user_ids: Iterable[str]) -> set[str]:
    """Which of these users are here: those with an open stream anywhere. Without Redis nobody can be seen."""
    try:
        return extensions.current().log.listened_to(user_ids)
    except RedisError:
        return set()
