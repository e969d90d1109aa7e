"""The chat where one name resolves to a public address, and that leads to the test: the place of an app's files."""

from __future__ import annotations

import os
import socket
from typing import Any

from urllib3.util import connection

from widget import create_app

NAME, ADDRESS = "files.example", "93.184.215.18"

_look_up, _connect = socket.getaddrinfo, connection.create_connection


def look_up(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    if host not in (NAME, NAME.encode()):
        return _look_up(host, port, *rest, **options)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, int(port or 80)))]


def connect(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
    here = ("127.0.0.1", int(os.environ["TEST_PAGES_PORT"])) if address[0] == ADDRESS else address
    return _connect(here, *rest, **options)


socket.getaddrinfo = look_up
connection.create_connection = connect
app = create_app()
