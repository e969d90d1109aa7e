"""A WSGI app that keeps its connection as the chat's streams do, in a few lines: for the contract with gunicorn."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/":
        start_response("204 No Content", [])
        return []
    own = socket.socket(fileno=os.dup(environ["gunicorn.socket"].fileno()))

    def answer() -> None:
        # When gunicorn has long finished with the request.
        own.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nkept")
        own.shutdown(socket.SHUT_RDWR)

    threading.Timer(0.3, answer).start()
    raise StopIteration
