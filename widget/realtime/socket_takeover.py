"""Takes a stream's socket over from gunicorn's gevent worker, so that an open tab costs a socket and no greenlet."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gevent import get_hub

from widget.realtime.subscriber import SocketSubscriber

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SUBSCRIBER = "chat.subscriber"
"""Where the stream's view leaves the subscriber in the WSGI environment."""


def possible(environ: WSGIEnvironment) -> bool:
    """Whether this server lets go of its sockets: gunicorn over plain HTTP/1.x, with its gevent worker.

    TLS and HTTP/2 belong into the proxy in front. What the proxy says of the visitor's side (wsgi.url_scheme may be
    https) is not what this socket speaks, so the socket itself is asked.
    """
    own = environ.get("gunicorn.socket")
    return (
        type(own).__module__.startswith("gevent.")
        and not isinstance(own, ssl.SSLSocket)
        and environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1.")
    )


class SocketTakeover:
    """The outermost WSGI layer: answers for a view that has left a subscriber, and keeps the connection."""

    def __init__(self, app: WSGIApplication):
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            if SUBSCRIBER in environ:  # then the server is not asked to begin an answer
                started.append((status, headers))
                return lambda _written: None
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        body = self.app(environ, hold)
        subscriber = environ.pop(SUBSCRIBER, None)
        if not isinstance(subscriber, SocketSubscriber):
            return body
        status, headers = started[-1]
        head = "".join([f"{name}: {value}\r\n" for name, value in headers])
        # Neither length nor chunks: the body ends with the connection (RFC 9112, 6.3), so one encoded event serves
        # every tab, also behind proxies that speak HTTP/1.0.
        subscriber.backlog = (
            f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + subscriber.backlog
        )
        subscriber.adopt(environ["gunicorn.socket"].fileno(), get_hub().loop)
        # gunicorn takes this as "close my side": its slot and greenlet are free, our copy of the socket lives on.
        raise StopIteration
