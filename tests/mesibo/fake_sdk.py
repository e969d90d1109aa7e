"""A fake of the SDK's process, driven by a test; `memory` is what the SDK keeps in its database."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from typing import Any

from tests import services

OWN_ADDRESS = "popup"


class FakeSdk:
    """The other end of `child.py`, the stand-in for the SDK's process. `token` is the access token that leads here."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        """All that the worker asked for, in order."""
        self.sent: list[dict[str, Any]] = []
        """What was handed over, in order, however often."""
        self.memory: list[dict[str, Any]] = []
        """What the SDK's database would hold."""
        self.connections = 0
        """How many processes are connected now."""
        self.most_connections = 0
        """How many were at the same time."""
        self.starts = 0
        self.status = 1
        self.results: list[int] = []
        """What the next `send`s answer; 0 otherwise."""
        self.drops_sends = False
        """Whether a `send` is dropped, without an answer. All else is answered: a process may be started meanwhile."""
        self.delay = 0.0
        """Seconds that an answer may take, at most."""
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.token = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()
        self.crash()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self.most_connections = max(self.most_connections, self.connections)
            self._socket = connection
        try:
            with contextlib.suppress(OSError), connection.makefile("rb") as lines:
                for line in lines:
                    with self._lock:
                        self._handle(json.loads(line))
        finally:
            with self._lock:
                self.connections -= 1
            connection.close()

    def _handle(self, command: dict[str, Any]) -> None:
        self.commands.append(command)
        match command["do"]:
            case "start":
                self.starts += 1
                self.send_event("status", status=6, address="")
                self.send_event("status", status=self.status, address=OWN_ADDRESS if self.status == 1 else "")
                self.send_event("started")
            case "send" if not self.drops_sends:
                self._send(command)
            case "find":
                found = [it for it in self.memory if (it["gid"], it["gid"] or it["peer"]) == self._dialog(command)]
                for it in found[-command["count"] :]:
                    self.send_event("message", **it | {"kept": True})
                self.send_event("found", id=command["id"], result=len(found[-command["count"] :]))

    @staticmethod
    def _dialog(command: dict[str, Any]) -> tuple[int, object]:
        return command["gid"], command["gid"] or command["address"]

    def store(self, command: dict[str, Any]) -> None:
        """Store what was handed over, without an answer."""
        self.sent.append(command)
        own = message(command["text"], mid=command["mid"], peer=command["address"], gid=command["gid"], own=True)
        self.memory.append(own)

    def _send(self, command: dict[str, Any]) -> None:
        result = self.results.pop(0) if self.results else 0
        if result == 0:
            self.store(command)
        if self.delay:
            time.sleep(random.uniform(0, self.delay))  # the way to mesibo takes that long
        if result == 0:
            self.send_event("message", **self.memory[-1])
        self.send_event("sent", id=command["id"], result=result, mid=command["mid"], status=0)

    def send_event(self, event: str, **fields: Any) -> None:
        """Send an event to the worker."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.sendall(json.dumps({"event": event, **fields}).encode() + b"\n")

    def agent_writes(self, text: str, mid: int, peer: str, gid: int = 0, reply_to: int = 0, **more: Any) -> None:
        """An agent writes in their app."""
        written = message(text, mid=mid, peer=peer, gid=gid, reply_to=reply_to) | more
        with self._lock:
            self.memory.append(written)
        self.send_event("message", **written)

    def crash(self) -> None:
        """Let the process end."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    def texts(self) -> list[str]:
        return [command["text"] for command in list(self.sent)]

    def commands_named(self, do: str) -> list[dict[str, Any]]:
        return [it for it in list(self.commands) if it["do"] == do]

    def wait_for(self, do: str, count: int = 1) -> list[dict[str, Any]]:
        return services.wait_for(
            lambda: len(self.commands_named(do)) >= count and self.commands_named(do), f"{count} times {do!r}"
        )  # type: ignore[return-value]


def message(text: str, mid: int, peer: str, gid: int = 0, reply_to: int = 0, own: bool = False) -> dict[str, Any]:
    """A message as the SDK's process sends it."""
    return {
        "mid": mid,
        "peer": "" if own and gid else peer,
        "gid": gid,
        "text": text,
        "incoming": not own,
        "kept": False,
        "status": 0 if own else 0x12,
        "reply_to": reply_to,
        "at": int(time.time() * 1000) % 2**32,
        "url": "",
        "name": "",
        "type": "",
        "size": 0,
    }
