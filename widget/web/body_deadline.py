"""A deadline for request bodies: one that trickles in would keep a place that somebody else needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gevent
from werkzeug.exceptions import RequestTimeout

from widget.i18n import lazy
from widget.realtime import socket_takeover

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PIECE = 8 * 1024
PATIENCE = 10
"""Seconds for each PIECE of a body: who sends nothing for so long, or less than some 800 bytes a second, is cut off."""


class TooSlow(RequestTimeout):
    """A body that did not arrive in time."""

    reason = lazy("The request took too long to arrive; please try again.")


class TimedBody:
    """The body as WSGI servers hand it over, read a piece at a time, each of which has to be there in time."""

    def __init__(self, body: Any):
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and fewer than that when it is more than a piece; raises TooSlow."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        return self._in_time(self._body.read, min(size, PIECE))

    def readline(self, size: int = -1) -> bytes:
        """A line; raises TooSlow."""
        return self._in_time(self._body.readline, size) if size >= 0 else self._in_time(self._body.readline)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _in_time(self, read: Callable[..., bytes], *size: int) -> bytes:
        late = gevent.Timeout(PATIENCE)
        with late:
            try:
                return read(*size)
            except gevent.Timeout as over:
                if over is not late:
                    raise
        raise TooSlow


class BodyDeadline:
    """The WSGI layer that puts it around every body, where the server waits without holding up others."""

    def __init__(self, app: WSGIApplication):
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        if socket_takeover.possible(environ):
            environ["wsgi.input"] = TimedBody(environ["wsgi.input"])
        return self.app(environ, start_response)
