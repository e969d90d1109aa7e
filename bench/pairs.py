"""Two people who write to each other in several tabs: from when one sends until the last tab of both has it.

One loop in this process reads the tabs of whichever server it is, with one clock; a message is known by its number.
"""

from __future__ import annotations

import re
import selectors
import socket
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, func, insert, select

from bench import processes
from bench.peers import Chat, Peer
from bench.scenarios import Figures
from widget.models import Conversation, Member, Message, new_id
from widget.settings import from_environ

NUMBER = re.compile(rb"@@(\d+)@@")
WORDS = "the quick brown fox jumps over the lazy dog, and again"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PATIENCE = 20
"""Seconds after which a message counts as lost."""

PAIRS, AT_ONCE = 8, 16
"""How many write at once where the rate is measured, and how many messages are on their way at any moment."""

WARM_UP = 2
"""Seconds for which messages are sent that do not count."""


class Loop:
    """Reads every connection when something comes, and knows in how many tabs each message is still missing."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._missing: dict[int, int] = {}
        self._due: dict[int, tuple[float, Pair]] = {}
        self._next = 0
        self.took: list[float] = []
        self.arrived_whole: Callable[[Pair], None] = lambda pair: None

    def watch(self, connection: socket.socket, read: Callable[[], None]) -> None:
        """Call `read` whenever there is something to be read."""
        self._selector.register(connection, selectors.EVENT_READ, read)

    def send(self, pair: Pair, due: float) -> None:
        """Send the next message, in the conversation."""
        number, self._next = self._next, self._next + 1
        self._missing[number] = pair.tabs
        self._due[number] = due, pair
        pair.send(number)

    def arrived(self, number: int) -> None:
        """Note that a tab has a message."""
        self._missing[number] -= 1
        if self._missing[number] == 0:
            due, pair = self._due.pop(number)
            self.took.append(1000 * (time.monotonic() - due))
            self.arrived_whole(pair)

    @property
    def lost(self) -> int:
        """How many messages are not in every tab; one that came twice somewhere counts, too."""
        return sum(it != 0 for it in self._missing.values())

    def serve_until(self, moment: float, all_here: bool = False) -> None:
        """Read until then, or with `all_here` until every message is in every tab."""
        while (left := moment - time.monotonic()) > 0 and not (all_here and not self._due):
            for key, _ in self._selector.select(left):
                key.data()

    def steady(self, pairs: list[Pair], rate: float, seconds: float) -> list[float]:
        """So many messages a second; how long each took, in milliseconds, from when it was due."""
        self.took, began = [], time.monotonic()
        for turn in range(int(rate * seconds)):
            self.serve_until(began + turn / rate)
            self.send(pairs[turn % len(pairs)], began + turn / rate)
        self.serve_until(time.monotonic() + PATIENCE, all_here=True)
        return self.took

    def flood(self, pairs: list[Pair], at_once: int, seconds: float) -> float:
        """As fast as messages arrive, always so many on their way; how many arrived everywhere in a second."""
        self.took, began = [], time.monotonic()
        self.arrived_whole = lambda pair: self.send(pair, time.monotonic())
        for turn in range(at_once):
            self.send(pairs[turn % len(pairs)], began)
        self.serve_until(began + seconds)
        rate = len(self.took) / (time.monotonic() - began)
        self.arrived_whole = lambda pair: None
        self.serve_until(time.monotonic() + PATIENCE, all_here=True)
        return rate

    def close(self) -> None:
        """Close all connections."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()


class Pair:
    """Two people's conversation; `tabs` is how many both have open together."""

    tabs: int

    def send(self, number: int) -> None:
        """Send a message of one of them."""
        raise NotImplementedError


class MessagingPeer(Peer):
    """A server that can be measured here."""

    def pairs(self, loop: Loop, count: int, tabs: int) -> list[Pair]:
        """So many conversations, with so many tabs open for each of the two people."""
        raise NotImplementedError

    def stored(self) -> int:
        """How many messages it has in its storage."""
        raise NotImplementedError


class MessagingChat(Chat, MessagingPeer):
    """This project: a group of two visitors, so that nobody of the team gets what they write."""

    def pairs(self, loop: Loop, count: int, tabs: int) -> list[Pair]:
        """Visitors who listen by streams."""
        people = self.listeners(2 * count)
        pairs = [(new_id(), people[2 * it : 2 * it + 2]) for it in range(count)]
        engine = create_engine(from_environ(self.server.environ).database_url)
        with engine.begin() as connection:
            rooms = [{"id": where, "kind": "group", "title": "Two people"} for where, _ in pairs]
            connection.execute(insert(Conversation), rooms)
            rows = [{"conversation_id": where, "user_id": it.name} for where, both in pairs for it in both]
            connection.execute(insert(Member), rows)
        engine.dispose()
        return [ChatPair(loop, self.server.port, where, [it.token for it in both], tabs) for where, both in pairs]

    def stored(self) -> int:
        """Rows of messages."""
        engine = create_engine(from_environ(self.server.environ).database_url)
        with engine.connect() as connection:
            rows = connection.scalar(select(func.count()).select_from(Message))
        engine.dispose()
        return rows or 0


class ChatPair(Pair):
    """A group of two: a stream for each tab, and posts on as many connections as are needed at once."""

    def __init__(self, loop: Loop, port: int, where: str, tokens: list[str], tabs: int):
        self._loop, self._port = loop, port
        self._free: list[socket.socket] = []
        self.tabs = len(tokens) * tabs
        head = "{} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
        self._head = head.format(f"POST /w/conversations/{where}/messages", tokens[0])
        for token in tokens * tabs:
            self._listen(head.format("GET /w/stream", token))

    def _listen(self, head: str) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        came = b""
        while b"\nid:" not in came:  # the stream's first: from here on it misses nothing
            came += connection.recv(65536)

        def read() -> None:
            nonlocal came
            came += connection.recv(1 << 18)
            *events, came = came.split(b"\n\n")
            for event in events:
                if b"event: message\n" in event and (found := NUMBER.search(event)):
                    self._loop.arrived(int(found[1]))

        self._loop.watch(connection, read)

    def send(self, number: int) -> None:
        """Post it, as JSON."""
        connection = self._free.pop() if self._free else self._dial()
        body = f'{{"client_id": "{uuid.uuid4()}", "body": "@@{number}@@ {WORDS}"}}'
        kind = f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}"
        connection.sendall(f"{self._head}{kind}\r\n\r\n{body}".encode())

    def _dial(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        came = b""

        def read() -> None:
            nonlocal came
            came += connection.recv(65536)
            head, end, body = came.partition(b"\r\n\r\n")
            if end and (length := LENGTH.search(head)) and len(body) >= int(length[1]):
                assert b" 201 " in head, came
                came = b""
                self._free.append(connection)

        self._loop.watch(connection, read)
        return connection


def measure(_program: Path, peer: MessagingPeer, tabs: int, rate: float, seconds: float) -> Figures:
    """Two people with so many tabs each, and then eight pairs at once.

    The times are from when one of the two sends to the last tab of both; the rate is what is stored and in every tab,
    and `ms_each` what each of those messages takes of a processor in the server, `load_ms_each` in this process.
    """
    processes.pin(processes.LOAD)
    loop = Loop()
    two = peer.pairs(loop, 1, tabs)
    loop.flood(two, 1, WARM_UP)
    cuts = statistics.quantiles(loop.steady(two, rate, seconds), n=100, method="inclusive")
    loop.close()

    busy = Loop()
    pairs = peer.pairs(busy, PAIRS, tabs)
    busy.flood(pairs, AT_ONCE, WARM_UP)
    stored, server, load = peer.stored(), processes.processor(peer.pids), time.process_time()
    messages_per_s = busy.flood(pairs, AT_ONCE, seconds)
    delivered = len(busy.took)
    figures = {
        "p50_ms": cuts[49],
        "p99_ms": cuts[98],
        "messages_per_s": messages_per_s,
        "ms_each": 1000 * (processes.processor(peer.pids) - server) / delivered,
        "load_ms_each": 1000 * (time.process_time() - load) / delivered,
        "not_stored": delivered - (peer.stored() - stored),
        "lost": loop.lost + busy.lost,
    }
    busy.close()
    return figures
