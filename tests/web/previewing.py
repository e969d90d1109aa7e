"""The chat, served by gunicorn, where a few names resolve to public addresses, and those lead to the test itself.

Nothing leaves this machine: where a connection would be made, it is made to loopback, and any other is refused.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from urllib3.util import connection

NAMES = {
    "page.example": "93.184.215.14",
    "other.example": "93.184.215.15",
    "www.youtube.com": "93.184.215.16",
    "inside.example": "10.0.0.5",
    "rebinding.example": "93.184.215.17",
}
"""What these names resolve to."""

_really = socket.getaddrinfo
_connect = connection.create_connection
_seen: dict[str, int] = {}


def lookup(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in NAMES:
        return _really(host, port, *rest, **options)
    _seen[name] = _seen.get(name, 0) + 1
    # The second time it is asked for, this one leads inside: who asks twice has checked something else than they use.
    address = "127.0.0.1" if name == "rebinding.example" and _seen[name] % 2 == 0 else NAMES[name]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port or 80)))]


def connect(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
    if address[0] not in NAMES.values():
        raise OSError(f"nothing leaves this machine, {address} either")
    return _connect(("127.0.0.1", int(os.environ["TEST_PAGES_PORT"])), *rest, **options)


def create() -> Any:
    """What gunicorn serves: the app, with these names."""
    from tests.web.loop_watch import WrittenLoopWatch
    from widget import create_app

    if file := os.environ.get("TEST_LOOP_WATCH"):
        WrittenLoopWatch(Path(file))
    socket.getaddrinfo = lookup
    connection.create_connection = connect
    return create_app()
