"""What an SDK's process would say, said by a test: it has the memory that the SDK keeps in its database."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from typing import Any

from tests import services

LINK_ADDRESS = "popup"


class Cloud:
    """Where the stand-in of the SDK's process connects to. `token` is the access token that leads here."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        """All that the keeper asked for, in order."""
        self.sent: list[dict[str, Any]] = []
        """What was handed over, in order, however often."""
        self.memory: list[dict[str, Any]] = []
        """What the SDK's database would hold."""
        self.connections = 0
        """How many processes are connected now."""
        self.most = 0
        """How many were at the same time."""
        self.starts = 0
        self.status = 1
        self.results: list[int] = []
        """What the next `send`s answer; 0 otherwise."""
        self.silent = False
        """Whether what is asked stays unanswered."""
        self.hesitates = 0.0
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
            self.most = max(self.most, self.connections)
            self._socket = connection
        try:
            with contextlib.suppress(OSError), connection.makefile("rb") as lines:
                for line in lines:
                    with self._lock:
                        self._take(json.loads(line))
        finally:
            with self._lock:
                self.connections -= 1
            connection.close()

    def _take(self, asked: dict[str, Any]) -> None:
        self.said.append(asked)
        if self.silent:
            return
        match asked["do"]:
            case "start":
                self.starts += 1
                self.tell("status", status=6, address="")
                self.tell("status", status=self.status, address=LINK_ADDRESS if self.status == 1 else "")
                self.tell("started")
            case "send":
                self._send(asked)
            case "find":
                found = [it for it in self.memory if (it["gid"], it["gid"] or it["peer"]) == self._dialog(asked)]
                for it in found[-asked["count"] :]:
                    self.tell("message", **it | {"kept": True})
                self.tell("found", id=asked["id"], result=len(found[-asked["count"] :]))

    @staticmethod
    def _dialog(asked: dict[str, Any]) -> tuple[int, object]:
        return asked["gid"], asked["gid"] or asked["address"]

    def keep(self, asked: dict[str, Any]) -> None:
        """Take what was handed over, without a word."""
        self.sent.append(asked)
        own = message(asked["text"], mid=asked["mid"], peer=asked["address"], gid=asked["gid"], own=True)
        self.memory.append(own)

    def _send(self, asked: dict[str, Any]) -> None:
        result = self.results.pop(0) if self.results else 0
        if result == 0:
            self.keep(asked)
        if self.hesitates:
            time.sleep(random.uniform(0, self.hesitates))
        if result == 0:
            self.tell("message", **self.memory[-1])
        self.tell("sent", id=asked["id"], result=result, mid=asked["mid"], status=0)

    def tell(self, event: str, **fields: Any) -> None:
        """Say something to the keeper."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.sendall(json.dumps({"event": event, **fields}).encode() + b"\n")

    def hears(self, text: str, mid: int, peer: str, gid: int = 0, reply_to: int = 0, **more: Any) -> None:
        """An agent writes in their app."""
        written = message(text, mid=mid, peer=peer, gid=gid, reply_to=reply_to) | more
        with self._lock:
            self.memory.append(written)
        self.tell("message", **written)

    def crash(self) -> None:
        """Let the process end."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    def texts(self) -> list[str]:
        return [asked["text"] for asked in list(self.sent)]

    def asked(self, do: str) -> list[dict[str, Any]]:
        return [it for it in list(self.said) if it["do"] == do]

    def wait_for(self, do: str, count: int = 1) -> list[dict[str, Any]]:
        return services.wait_for(lambda: len(self.asked(do)) >= count and self.asked(do), f"{count} times {do!r}")  # type: ignore[return-value]


def message(text: str, mid: int, peer: str, gid: int = 0, reply_to: int = 0, own: bool = False) -> dict[str, Any]:
    """A message as the SDK's process tells it."""
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
