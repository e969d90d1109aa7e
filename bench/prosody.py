"""Prosody, an XMPP server that people do choose for a chat of their own, as a peer: archive, carbons, WebSockets.

A tab is a session of its own (RFC 7395, a resource of the account); what one sends is copied to the sender's others by
carbons (XEP-0280), and the tab that sends learns that the server has it by stream management (XEP-0198).
"""

from __future__ import annotations

import base64
import re
import secrets
import sqlite3
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import websocket

from bench.pairs import NUMBER, WORDS, Loop, MessagingPeer, Pair
from bench.peers import HERE, wait_for_port
from tests import services
from widget.devserver import embedded_redis

PASSWORD = "secret"
OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>'
STANZA = (b"<message", b"<presence", b"<iq")
ACKNOWLEDGED = re.compile(rb"<a [^>]*h=.(\d+)")


class Prosody(MessagingPeer):
    """Debian's Prosody, which keeps its archive in SQLite."""

    name = "Prosody, SQLite"
    storage = "sql"

    def start(self) -> None:
        """Start it, with an empty archive."""
        self._folder, self._port = Path(tempfile.mkdtemp(prefix="bench-")), services.free_port()
        config = (HERE / "prosody.cfg.lua").read_text().replace("{folder}", str(self._folder))
        config = config.replace("{port}", str(self._port)).replace("{storage}", self.storage)
        (self._folder / "prosody.cfg.lua").write_text(config)
        # A file keeps this mode, and would else be synchronized several times for each message.
        with sqlite3.connect(self._folder / "archive.sqlite") as database:
            database.execute("PRAGMA journal_mode=WAL")
        database.close()
        command = ["/usr/bin/prosody", "-F", "--config", str(self._folder / "prosody.cfg.lua")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, preexec_fn=embedded_redis.end_with_parent, cwd=self._folder
        )
        wait_for_port(self._port)

    def pairs(self, loop: Loop, count: int, tabs: int) -> list[Pair]:
        """New accounts, and their sessions; those of accounts that were here before are kept for who may come back."""
        accounts = self._folder / "localhost" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        names = [secrets.token_hex(8) for _ in range(2 * count)]
        for name in names:
            (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}" }};\n')
        url = f"ws://127.0.0.1:{self._port}/xmpp-websocket"
        return [ProsodyPair(loop, url, names[at : at + 2], tabs) for at in range(0, 2 * count, 2)]

    def stored(self) -> int:
        """Every message is in two archives, that of each person."""
        with sqlite3.connect(self._folder / "archive.sqlite") as database:
            rows = int(database.execute("SELECT count(*) FROM prosodyarchive").fetchone()[0])
        database.close()
        return rows // 2


class ProsodyFiles(Prosody):
    """The same with its own files, the default: each message is added to one, and nothing is synchronized."""

    name = "Prosody, files"
    storage = "internal"

    def stored(self) -> int:
        """The same in the files' lines."""
        lists = (self._folder / "localhost" / "archive").glob("*.list")
        return sum(it.read_bytes().count(b"\nitem(") + it.read_bytes().startswith(b"item(") for it in lists) // 2


class ProsodyPair(Pair):
    """Two accounts; the first session of the one writes to the other's address."""

    def __init__(self, loop: Loop, url: str, names: list[str], tabs: int):
        self.tabs = 2 * tabs
        self._sessions = [Session(loop, url, name) for name in names * tabs]
        self._to = names[1]

    def send(self, number: int) -> None:
        """Send it from the first session."""
        self._sessions[0].send(number, self._to)


class Session:
    """A tab: signed in, with carbons, stream management and presence."""

    def __init__(self, loop: Loop, url: str, name: str):
        self._loop, self._came = loop, b""
        self._received, self._present = 0, False
        self._unacknowledged: list[int] = []
        self._acknowledged = 0
        self._socket = websocket.create_connection(url, subprotocols=["xmpp"], timeout=services.PATIENCE)
        assert self._socket.sock
        self._connection = self._socket.sock
        self._sign_in(base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode())
        while not self._present:
            self._read()
        loop.watch(self._connection, self._read)

    def _sign_in(self, proof: str) -> None:
        self._ask(OPEN, "features")
        self._ask(f'<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">{proof}</auth>', "<success")
        self._ask(OPEN, "features")
        iq = '<iq xmlns="jabber:client" type="set" id="{}">{}</iq>'
        self._ask(iq.format("bind", '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'), "result")
        self._ask(iq.format("carbons", '<enable xmlns="urn:xmpp:carbons:2"/>'), "result")
        self._ask('<enable xmlns="urn:xmpp:sm:3"/>', "<enabled")
        self._socket.send('<presence xmlns="jabber:client"/>')

    def _ask(self, what: str, answer: str) -> None:
        self._socket.send(what)
        while answer not in (came := str(self._socket.recv())):
            assert "failure" not in came, came

    def send(self, number: int, to: str) -> None:
        """A message, and the question whether the server has it."""
        body = f"<body>@@{number}@@ {WORDS}</body>"
        head = f'<message xmlns="jabber:client" to="{to}@localhost" type="chat" id="{number}">'
        self._socket.send(f"{head}{body}</message>")
        self._unacknowledged.append(number)
        self._socket.send('<r xmlns="urn:xmpp:sm:3"/>')

    def _read(self) -> None:
        self._came += self._connection.recv(1 << 18)
        for text in self._frames():
            if text.startswith(STANZA):
                self._received += 1
                self._present = self._present or text.startswith(b"<presence")
                if found := NUMBER.search(text):
                    self._loop.arrived(int(found[1]))
            elif text.startswith(b"<r "):
                self._socket.send(f'<a xmlns="urn:xmpp:sm:3" h="{self._received}"/>')
            elif found := ACKNOWLEDGED.match(text):
                self._confirm(int(found[1]))

    def _confirm(self, upto: int) -> None:
        while self._acknowledged < upto:  # the first was its presence
            if self._acknowledged:
                self._loop.arrived(self._unacknowledged.pop(0))
            self._acknowledged += 1

    def _frames(self) -> Iterator[bytes]:
        """What has come whole (RFC 6455, 5.2): a server's frames are not masked, and these are short."""
        while len(self._came) >= 2:
            length, head = self._came[1], 2
            if length >= 126:
                head = 4 if length == 126 else 10
                if len(self._came) < head:
                    return
                (length,) = struct.unpack(">H" if head == 4 else ">Q", self._came[2:head])
            if len(self._came) < head + length:
                return
            text, self._came = self._came[head : head + length], self._came[head + length :]
            yield text
