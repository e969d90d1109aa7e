"""People who use the chat by its HTTP interface, without a browser, and the streams they listen to."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import requests
import urllib3

from tests import services


@dataclass
class Event:
    """An event of a stream."""

    type: str
    data: Any
    id: str | None


class Stream:
    """An open stream, read in a thread; `events` has all that it has brought so far."""

    left_open: ClassVar[set[Stream]] = set()
    """Those that nobody has closed."""

    def __init__(self, url: str, headers: dict[str, str], as_json: bool = True, last_id: str | None = None):
        headers = headers | ({"Last-Event-ID": last_id} if last_id else {})
        query = "?as=json" if as_json else ""
        self.response = requests.get(f"{url}/w/stream{query}", headers=headers, stream=True, timeout=60)
        self.as_json = as_json
        self.events: list[Event] = []
        self.comments = 0
        self.first_lines: list[str] = []
        self.last_id: str | None = None
        self.ended = threading.Event()
        self._new: queue.Queue[Event] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        if self.response.ok:
            self.left_open.add(self)
            self._reader.start()
            services.wait_for(lambda: self.last_id, "the stream's first id")

    def _read(self) -> None:
        kind, data, event_id = "message", [], None
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError, AttributeError, ValueError):
            for line in self._lines():
                if len(self.first_lines) < 8:
                    self.first_lines.append(line)
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if line.startswith(":"):
                    self.comments += 1
                elif name == "event":
                    kind = value
                elif name == "data":
                    data.append(value)
                elif name == "id":
                    event_id = value
                elif not line:
                    self.last_id = event_id or self.last_id
                    if data:
                        text = "\n".join(data)
                        is_json = self.as_json and kind not in ("bye", "resync")
                        event = Event(kind, json.loads(text) if is_json else text, event_id)
                        self.events.append(event)
                        self._new.put(event)
                    kind, data, event_id = "message", [], None
        self.ended.set()

    def _lines(self) -> Iterator[str]:
        """The lines as they come. The ones of requests come at once only if it reads byte by byte, each for 3 µs."""
        rest = b""
        while arrived := self.response.raw.read1(65536, decode_content=True):
            *lines, rest = (rest + arrived).split(b"\n")
            for line in lines:
                yield line.removesuffix(b"\r").decode()

    def next(self, kind: str, within: float = services.PATIENCE, about: str = "") -> Event:
        """The next event of this type that names the id `about`: an agent hears what other tests have left, too, such
        as a call that is missed after a while."""
        give_up = time.monotonic() + within
        while True:
            try:
                event = self._new.get(timeout=max(0.01, give_up - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"waited {within} s for {kind!r}; there were {self.events}") from None
            if event.type == kind and about in str(event.data):
                return event

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == kind]

    def close(self) -> None:
        """Leave as a browser does whose tab is closed."""
        self.left_open.discard(self)
        with contextlib.suppress(Exception):
            # Below everything that buffers: the thread that reads would hold up a close until its next byte.
            self.response.raw._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        if self._reader.ident:  # two threads that close the same answer trip over each other
            self._reader.join(1)
        self.response.close()


@dataclass
class Person:
    """Somebody who talks to the chat over HTTP."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    id: str = ""

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Accept": "application/json"} | self.headers | options.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=30, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def conversations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/w/conversations").json()["conversations"]
        return found

    @property
    def conversation(self) -> str:
        """The id of the newest one."""
        return str(self.conversations()[0]["id"])

    def send(self, body: str, conversation: str | None = None, client_id: str | None = None) -> requests.Response:
        """Send a message; again, as every client does, for as long as there is too much to do."""
        path = f"/w/conversations/{conversation or self.conversation}/messages"
        message = {"body": body, "client_id": client_id or str(uuid.uuid4())}
        give_up = time.monotonic() + services.PATIENCE
        while True:
            answer = self.post(path, json=message)
            if answer.status_code != 503 or "too much to do" not in answer.text or time.monotonic() > give_up:
                return answer
            # As a client does, which has no way to learn of it: the server has named the time.
            time.sleep(int(answer.headers["Retry-After"]))

    def history(self, conversation: str | None = None) -> list[dict[str, Any]]:
        """All messages, oldest first, page by page."""
        path = f"/w/conversations/{conversation or self.conversation}"
        page = self.get(path).json()
        messages: list[dict[str, Any]] = page["messages"]
        while page["more"]:
            page = self.get(f"{path}?before={messages[0]['seq']}").json()
            messages = page["messages"] + messages
        return messages

    def listen(self, as_json: bool = True, last_id: str | None = None) -> Stream:
        return Stream(self.url, self.headers, as_json, last_id)


def visitor(url: str, **profile: str) -> Person:
    """A new visitor."""
    answer = requests.post(f"{url}/w/session", json=profile, headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 201, answer.text
    session = answer.json()
    return Person(url, {"Authorization": f"Bearer {session['token']}"}, session["user"]["id"])


def agent(server: services.ChatServer, email: str | None = None) -> Person:
    """An agent who has signed in by a one-time link."""
    email = email or f"{uuid.uuid4().hex[:8]}@example.com"
    printed = server.flask("agents", "add", email)
    link = printed.split()[-1]
    answer = requests.get(link, allow_redirects=False, timeout=30)
    assert answer.status_code == 303, answer.text
    return Person(server.url, {"Cookie": f"chat_inbox={answer.cookies['chat_inbox']}"})
