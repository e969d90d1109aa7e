"""Programs that listen (`?as=json`), many at once and for as long as anything happens: what came, as it came."""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests import api

AGAIN = 0.2  # seconds until a stream that ended is opened again


@dataclass(eq=False)
class Listener:
    """One open stream of somebody, opened again after the last id whenever it ends; its own port says where."""

    person: api.Person
    port: int
    conversations: list[str]
    """Those that the person is in."""
    last_id: str | None = None
    parts: list[dict[tuple[str, str], list[int]]] = field(default_factory=lambda: [defaultdict(list)])
    """What came, by what it is about: numbers of messages, versions of one, watermarks of a member; a part ends where
    the log was lost, and the program was told to load everything again."""
    resyncs: int = 0
    resynced_at: float = 0.0
    """When it was told to load everything again, last (monotonic): what was sent later has to come by the stream."""
    socket: socket.socket | None = None
    buffer: bytes = b""
    due: float = 0.0

    def connect(self) -> None:
        """Open the stream; raises OSError when nobody answers."""
        self.buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        headers = self.person.headers | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self.socket.sendall(f"GET /w/stream?as=json HTTP/1.1\r\nHost: localhost\r\n{''.join(lines)}\r\n".encode())
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Take what has come; False when the stream has ended."""
        assert self.socket is not None
        try:
            found = self.socket.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        *frames, self.buffer = (self.buffer + found).split(b"\n\n")
        for frame in frames:
            self._take(frame.decode())
        return bool(found)

    def _take(self, frame: str) -> None:
        fields = dict(line.partition(": ")[::2] for line in frame.splitlines() if ": " in line)
        kind = fields.get("event", "")
        if kind == "resync":
            self.parts.append(defaultdict(list))
            self.resyncs += 1
            self.resynced_at = time.monotonic()
        elif kind in ("message", "message-update", "receipt"):
            self._note(kind, json.loads(fields["data"]))
        self.last_id = fields.get("id") or self.last_id

    def _note(self, kind: str, shape: dict[str, Any]) -> None:
        part = self.parts[-1]
        if kind == "message":
            part["seq", shape["conversation"]].append(shape["seq"])
        elif kind == "message-update":
            part["version", shape["id"]].append(shape["version"])
        else:
            for name in ("delivered_upto", "read_upto"):
                part[name, f"{shape['conversation']} {shape['member']}"].append(shape[name])

    def out_of_order(self) -> list[str]:
        """Each number that came after a higher one."""
        return [
            f"{name} of {what}: {after} after {before}"
            for part in self.parts
            for (name, what), numbers in part.items()
            for before, after in pairwise(numbers)
            if after < before
        ]

    def doubled(self) -> list[str]:
        """Each message that came twice."""
        return [
            f"{what}: {before} twice"
            for part in self.parts
            for (name, what), numbers in part.items()
            if name == "seq"
            for before, after in pairwise(numbers)
            if after == before
        ]

    def has(self, conversation: str) -> set[int]:
        """The numbers of all messages of a conversation that ever came."""
        return {number for part in self.parts for number in part.get(("seq", conversation), [])}


class Listeners:
    """All of them, in one thread: threads of their own would take the processor that they are to watch."""

    def __init__(self, people: Iterable[tuple[api.Person, list[str]]], port: int, each: int):
        self.all = [Listener(person, port, theirs) for person, theirs in people for _ in range(each)]
        self._selector = selectors.DefaultSelector()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            for listener in self.all:
                if listener.socket is None and listener.due < time.monotonic():
                    try:
                        listener.connect()
                        self._selector.register(listener.socket, selectors.EVENT_READ, listener)  # type: ignore[arg-type]
                    except OSError:
                        self._lose(listener)
            for key, _ in self._selector.select(0.1):
                if not key.data.read():
                    self._lose(key.data)

    def _lose(self, listener: Listener) -> None:
        listener.due = time.monotonic() + AGAIN
        if listener.socket is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(listener.socket)
            listener.socket.close()
        listener.socket = None

    def ready(self) -> bool:
        """Whether each of them has once been told where it is."""
        return all(listener.last_id for listener in self.all)

    def out_of_order(self) -> list[str]:
        return [found for listener in self.all for found in listener.out_of_order()]

    def doubled(self) -> list[str]:
        return [found for listener in self.all for found in listener.doubled()]

    def lost(self, messages: Iterable[dict[str, Any]]) -> list[str]:
        """Each of these messages that did not come to somebody who is in its conversation, and who was not told to
        load everything again after it had been sent."""
        messages = list(messages)
        found = []
        for listener in self.all:
            came = {conversation: listener.has(conversation) for conversation in listener.conversations}
            found += [
                f"{message['conversation']}: {message['seq']} never came to {listener.person.id}"
                for message in messages
                if message["started_at"] > listener.resynced_at
                and message["seq"] not in came.get(message["conversation"], {message["seq"]})
            ]
        return found

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        for listener in self.all:
            self._lose(listener)
        self._selector.close()
