"""A TCP proxy between the clients and the chat, whose connections can be cut."""

from __future__ import annotations

import contextlib
import itertools
import random
import select
import socket
import threading


class Proxy:
    """Passes bytes on, in a thread for each connection; where there are several targets, to each in turn."""

    def __init__(self, *targets: int):
        self.targets = list(targets)
        self._turn = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ValueError):
            target = self.targets[next(self._turn) % len(self.targets)]
            server = socket.create_connection(("127.0.0.1", target), timeout=30)
            with server:
                other = {client: server, server: client}
                self._open.add(client)
                while True:
                    for side in select.select([client, server], [], [])[0]:
                        found = side.recv(65536)
                        if not found:
                            return
                        other[side].sendall(found)
        self._open.discard(client)

    def cut(self, dice: random.Random) -> None:
        """End a third of the connections in the middle of whatever they carry."""
        for client in list(self._open):
            if dice.random() < 1 / 3:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
