"""Admission control: who would wait for too long is refused, so that all others are served in time.

Without it, more messages than a process can take would all wait for each other until nobody is served in time. So a few
are taken at once, and the others stand in a queue, whose head tells by its age how long it is. Browsers try again by
themselves, with the same client id.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from gevent.event import Event

from widget.chat.errors import Unavailable
from widget.i18n import lazy
from widget.web import errors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

AT_ONCE = 8
"""So many messages are taken at once: as many as a process has connections to PostgreSQL. More of them would only hold
up each other, and the loop."""

PATIENCE = 0.7
"""Seconds after which who still waits in the queue is refused."""

LONGEST_QUEUES = {"messages": PATIENCE / 2, "typing": 0.1, "viewing": 0.1}
"""How old, in seconds, the head of the queue may be when something is posted to a conversation. At twice what a process
can take, who comes last waits for twice as long as the head has. What is fleeting goes first."""

SMALL = 64 * 1024
"""The longest body, in bytes, that counts: any message, but not a file."""

REFUSALS = 50
"""For how many languages a refusal is kept."""

_BUSY = Unavailable(lazy("There is too much to do at the moment; please try again."))


class InFlight:
    """The messages that this process is taking at this moment, and the queue in front of them."""

    def __init__(self) -> None:
        self.free = AT_ONCE
        """How many more would be taken at once."""
        self._queue: deque[tuple[float, Event]] = deque()
        self.refused = 0
        """How many requests were refused."""

    def queue_age(self) -> float:
        """Seconds for which the first in the queue has been waiting; 0 when nobody is."""
        return time.monotonic() - self._queue[0][0] if self._queue else 0.0

    @property
    def busy(self) -> bool:
        """Whether what is fleeting has to stand back."""
        return self.queue_age() > LONGEST_QUEUES["typing"]

    @contextmanager
    def place(self) -> Iterator[None]:
        """Within this, one more message is being taken; raises Unavailable when none of the places became free in
        time. They are given in the order of arrival."""
        if self.free:
            self.free -= 1
        else:
            self._wait()
        try:
            yield
        finally:
            self._leave()

    def wait_for(self, read: Callable[..., bytes], *size: int) -> bytes:
        """Read of the body of a message that is being taken; meanwhile it has no place, because what trickles in is no
        work. Then it is the next that gets one."""
        self._leave()
        try:
            return read(*size)
        finally:
            if self.free:
                self.free -= 1
            else:
                turn = Event()
                self._queue.appendleft((time.monotonic(), turn))
                turn.wait()

    def _leave(self) -> None:
        if self._queue:
            self._queue.popleft()[1].set()  # the place goes on to the next
        else:
            self.free += 1

    def _wait(self) -> None:
        turn = Event()
        waiting = time.monotonic(), turn
        self._queue.append(waiting)
        try:
            turn.wait(PATIENCE)
        finally:
            if not turn.is_set():
                self._queue.remove(waiting)
        if not turn.is_set():
            raise _BUSY


class AwaitedBody:
    """The body of a message that is being taken."""

    def __init__(self, body: Any, in_flight: InFlight):
        self.read = partial(in_flight.wait_for, body.read)
        self.readline = partial(in_flight.wait_for, body.readline)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


class Admission:
    """The WSGI layer that refuses: before Flask sees a request, because refusing must cost next to nothing."""

    def __init__(self, app: Flask, in_flight: InFlight):
        self._app = app
        self._inner: WSGIApplication = app.wsgi_app
        self._in_flight = in_flight
        self._refusals: dict[tuple[str, str], Response] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        what = _what_is_posted(environ)
        if what not in LONGEST_QUEUES:
            return self._inner(environ, start_response)
        if self._in_flight.queue_age() > LONGEST_QUEUES[what]:
            return self._refuse(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if what != "messages" or not length.isdecimal() or int(length) > SMALL:
            return self._inner(environ, start_response)
        try:
            with self._in_flight.place():
                environ["wsgi.input"] = AwaitedBody(environ["wsgi.input"], self._in_flight)
                return self._inner(environ, start_response)
        except Unavailable:
            return self._refuse(environ, start_response)

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Say that there is too much to do. Programs, and our own scripts, are all told the same bytes."""
        self._in_flight.refused += 1
        if environ.get("HTTP_ACCEPT") != "application/json":
            return errors.answer(self._app, environ, _BUSY)(environ, start_response)
        kind = environ["wsgi.url_scheme"], environ.get("HTTP_ACCEPT_LANGUAGE", "")
        if kind not in self._refusals:
            if len(self._refusals) >= REFUSALS:
                self._refusals.clear()
            self._refusals[kind] = errors.answer(self._app, environ, _BUSY)
        refusal = self._refusals[kind]
        start_response(refusal.status, refusal.headers.to_wsgi_list())
        return [refusal.get_data()]


def _what_is_posted(environ: WSGIEnvironment) -> str:
    """What a request posts to a conversation; empty for any other request."""
    path = environ["PATH_INFO"]
    is_post = environ["REQUEST_METHOD"] == "POST" and path.startswith("/w/conversations/")
    return path.rpartition("/")[2] if is_post else ""
