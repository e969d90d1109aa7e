"""The floor: what one Python process can do at best. Tabs are sockets, an event is written to each; there is no HTTP
framework, no Redis, no log, and nobody is asked who they are."""

import sys
from _socket import socket as Socket
from collections import defaultdict

from gevent import get_hub
from gevent.server import StreamServer
from gevent.socket import socket

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"

tabs: dict[bytes, set[Socket]] = defaultdict(set)


def serve(connection: socket, _address: object) -> None:
    """Read requests until the connection ends, or becomes a tab."""
    came = b""
    while True:
        head, end, rest = came.partition(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or 0)
        if not end or len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return
            came += more
            continue
        channel = head.partition(b"channel=")[2].partition(b" ")[0]
        if head.startswith(b"GET"):
            listen(channel, connection)
            return
        frame = b"event: message\ndata: " + rest[:length] + b"\n\n"
        for tab in list(tabs[channel]):
            tab.send(frame)
        connection.sendall(DONE)
        came = rest[length:]


def listen(channel: bytes, connection: socket) -> None:
    """Keep a socket as a tab, without a greenlet."""
    tab = Socket(fileno=connection.detach())
    tab.setblocking(False)
    tabs[channel].add(tab)
    gone = get_hub().loop.io(tab.fileno(), 1)

    def readable() -> None:
        gone.stop()
        gone.close()
        tabs[channel].discard(tab)
        tab.close()

    gone.start(readable)
    tab.send(HEAD)


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(sys.argv[1])), serve, backlog=2048).serve_forever()
