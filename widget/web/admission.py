"""Admission control: who would wait for too long is refused at once, so that all others are served in time.

Without it, more messages than a process can take would all wait for each other until nobody is served in time. Browsers
try again by themselves, with the same client id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from widget.chat.errors import Unavailable
from widget.i18n import lazy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

LONGEST_WAITS = {"messages": 1.0, "typing": 0.3, "viewing": 0.3}
"""For how long, in seconds, what is posted to a conversation may have to wait. What is fleeting goes first."""

ALWAYS = 32
"""So many messages at once are taken in any case: too few to tell from them how long one more would take."""

WEIGHT = 0.05
"""How much of the average each new measurement is."""

SMALL = 64 * 1024
"""The longest body, in bytes, that counts: any message, but not a file."""

REFUSALS = 50
"""For how many languages a refusal is kept."""

_BUSY = Unavailable(lazy("There is too much to do at the moment; please try again."))


class InFlight:
    """The messages that this process is taking at this moment, and how long one more would be on its way.

    By Little's law: how long they take, divided by how many there are at once, is the pace at which they are done,
    whatever it is that they wait for.
    """

    def __init__(self) -> None:
        self._requests: set[object] = set()
        self._pace = 0.0
        self.refused = 0
        """How many requests were refused."""

    def expected_wait(self) -> float:
        """Seconds until one more would be answered; 0 while there are few."""
        count = len(self._requests)
        return 0.0 if count < ALWAYS else (count + 1) * self._pace

    @property
    def busy(self) -> bool:
        """Whether what is fleeting has to stand back."""
        return self.expected_wait() > LONGEST_WAITS["typing"]

    @contextmanager
    def one_more(self) -> Iterator[Taking]:
        """Within this, one more message is being taken."""
        taking = Taking(self._requests)
        count, began = len(self._requests), time.monotonic()
        try:
            yield taking
        finally:
            count = max(count, len(self._requests), 1)
            self._requests.discard(taking)
            pace = (time.monotonic() - began - taking.waited) / count
            self._pace += WEIGHT * (pace - self._pace) if self._pace else pace


class Taking:
    """A message that is being taken."""

    def __init__(self, requests: set[object]):
        self._requests = requests
        self.waited = 0.0
        """Seconds that its body took to come."""
        requests.add(self)

    def wait_for(self, read: Callable[..., bytes], *size: int) -> bytes:
        """Read of its body; meanwhile it does not count, because what trickles in is no work."""
        self._requests.discard(self)
        began = time.monotonic()
        try:
            return read(*size)
        finally:
            self.waited += time.monotonic() - began
            self._requests.add(self)


class AwaitedBody:
    """The body of a message that is being taken."""

    def __init__(self, body: Any, taking: Taking):
        self.read = partial(taking.wait_for, body.read)
        self.readline = partial(taking.wait_for, body.readline)

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
        if what not in LONGEST_WAITS:
            return self._inner(environ, start_response)
        if self._in_flight.expected_wait() > LONGEST_WAITS[what]:
            self._in_flight.refused += 1
            return self._refuse(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if what != "messages" or not length.isdecimal() or int(length) > SMALL:
            return self._inner(environ, start_response)
        with self._in_flight.one_more() as taking:
            environ["wsgi.input"] = AwaitedBody(environ["wsgi.input"], taking)
            return self._inner(environ, start_response)

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Say that there is too much to do. Programs, and our own scripts, are all told the same bytes."""
        if environ.get("HTTP_ACCEPT") != "application/json":
            return self._answer(environ)(environ, start_response)
        kind = environ["wsgi.url_scheme"], environ.get("HTTP_ACCEPT_LANGUAGE", "")
        if kind not in self._refusals:
            if len(self._refusals) >= REFUSALS:
                self._refusals.clear()
            self._refusals[kind] = self._answer(environ)
        refusal = self._refusals[kind]
        start_response(refusal.status, refusal.headers.to_wsgi_list())
        return [refusal.get_data()]

    def _answer(self, environ: WSGIEnvironment) -> Response:
        """The same as the app would say it."""
        with self._app.request_context(environ):
            return self._app.process_response(self._app.make_response(self._app.handle_user_exception(_BUSY)))


def _what_is_posted(environ: WSGIEnvironment) -> str:
    """What a request posts to a conversation; empty for any other request."""
    path = environ["PATH_INFO"]
    is_post = environ["REQUEST_METHOD"] == "POST" and path.startswith("/w/conversations/")
    return path.rpartition("/")[2] if is_post else ""
