"""Events: what travels to the tabs, its form on the wire, and the one function that publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_sse import Message
from redis import RedisError

from widget.stream.log import Log

EXTENSION = "chat_log"
_NEWLINE = re.compile(r"\r\n|\r|\n")

RETRY = 1000
"""What an EventSource is told to wait before it connects again, in milliseconds."""


class Event(Message):  # type: ignore[misc]
    """A flask-sse message that survives the wire.

    flask-sse itself loses a line's leading space, breaks lines at characters that the SSE standard does not count
    as line ends (U+2028, say), and sends nothing for an empty string; here the standard's grammar is kept.
    `as_json` is what programs get instead of the fragment (`GET /w/stream?as=json`).
    """

    def __init__(
        self,
        data: Any,
        type: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        as_json: Any = None,
    ):
        super().__init__(data, type=type, id=id, retry=retry)
        self.as_json = as_json

    def to_dict(self) -> dict[str, Any]:
        """The parts that are set, for storing in Redis."""
        parts: dict[str, Any] = super().to_dict()
        return parts if self.as_json is None else parts | {"as_json": self.as_json}

    def __str__(self) -> str:
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        lines = [f"id: {self.id}"] if self.id else []
        lines += [f"event: {self.type}"] if self.type else []
        lines += [f"retry: {self.retry}"] if self.retry else []
        lines += [f"data: {line}" for line in _NEWLINE.split(text)]
        return "\n".join(lines) + "\n\n"

    def encode(self) -> bytes:
        """As it is kept in the log and published."""
        return json.dumps(self.to_dict(), separators=(",", ":")).encode()


def frame(entry: bytes, event_id: str, as_json: bool) -> bytes:
    """The bytes of a logged event on the wire, with its fragment or with its JSON."""
    event = Event(**json.loads(entry), id=event_id)
    if as_json:
        event.data = json.dumps(event.data if event.as_json is None else event.as_json)
    return str(event).encode(errors="replace")


def _log() -> Log:
    found: Log = current_app.extensions[EXTENSION]
    return found


def publish(events: Iterable[tuple[str, Event]], once: str | None = None) -> None:
    """Append each event to its user's log and send it to all tabs of that user; in this order, in one round trip.

    `events` are pairs of a user's id and what that user is to see. With `once`, a user who has had an event of
    this name and type in the last minutes gets no second one. Raises redis.RedisError when Redis does not answer.
    """
    _log().append((user_id, event.encode(), f"{once}:{event.type}" if once else "") for user_id, event in events)


def newest(user_id: str) -> str:
    """The id of the newest event of a user: where a page that is rendered after this call may begin to listen.

    Without Redis it is an id that no log has, so that the tab reloads once a stream can be opened.
    """
    try:
        return _log().tail(user_id)
    except RedisError:
        return "0-0"
