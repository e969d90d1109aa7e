"""A way to the chat on which the first message is refused, as by a chat that has too much to do."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests import services

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BusyAtFirst:
    """Passes on every connection to the chat, but for that of the first message."""

    def __init__(self, port: int):
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", services.free_port()))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.refused = 0
        self.has_stream = False
        """Whether there was an answer to a request for a stream."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = connection.recv(65536)
            if request.startswith(b"POST /w/conversations/") and not self.refused:
                self.refused += 1
                connection.sendall(REFUSAL)
                return
            with socket.create_connection(("127.0.0.1", self._port)) as chat:
                chat.sendall(request)
                threading.Thread(target=self._answer, args=(chat, connection, request), daemon=True).start()
                while more := connection.recv(65536):
                    chat.sendall(more)

    def _answer(self, chat: socket.socket, connection: socket.socket, request: bytes) -> None:
        with contextlib.suppress(OSError):
            while more := chat.recv(65536):
                connection.sendall(more)
                self.has_stream |= request.startswith(b"GET /w/stream") and b"id: " in more
            connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._socket.close()
