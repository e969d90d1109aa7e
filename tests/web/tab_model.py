"""A tab as static/js makes one: what it shows is what its page was loaded with, and what the stream did to that."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from typing import Any

from tests import api, services

Shape = dict[str, Any]

STATUS = ["sent", "delivered", "read"]  # later ones never give way to earlier ones


class Page:
    """A list of conversations and, opened, one of them with all of its history: what a page is loaded with."""

    def __init__(self, person: api.Person, conversation: str):
        self.messages: dict[str, Shape] = {it["id"]: it for it in person.history(conversation)}
        self.entries: dict[str, Shape] = {it["id"]: it for it in person.conversations()}

    def messages_shown(self) -> list[Shape]:
        """What somebody reads in the opened conversation, from top to bottom; see `statuses` for the ticks."""
        return [_message(it) for it in sorted(self.messages.values(), key=lambda it: it["seq"])]

    def list_shown(self, among: Collection[str]) -> dict[str, Shape]:
        """What somebody reads in the list, of these conversations."""
        return {key: _entry(it) for key, it in sorted(self.entries.items()) if key in among}

    def statuses(self) -> dict[int, str]:
        """The ticks under one's own messages, by number."""
        return {it["seq"]: it["status"] for it in self.messages.values() if it["mine"]}


def _message(it: Shape) -> Shape:
    shown = {key: it[key] for key in ("seq", "kind", "version", "mine", "deleted", "forwarded", "reply_to")}
    return shown | {
        "sender": it["sender"]["id"],
        "body": it["body"],
        "edited": it["edited_at"] is not None,
        "quote": _quoted(it["quote"]) if it["quote"] and not it["deleted"] else None,
        "reactions": [(one["emoji"], one["count"], one["mine"]) for one in it["reactions"]],
    }


def _quoted(quote: Shape) -> str:
    return "Deleted message" if quote["deleted"] else quote["body"]


def _entry(it: Shape) -> Shape:
    shown = {key: it[key] for key in ("kind", "title", "unread")}
    last = _message(it["last"]) if it["last"] else None
    return shown | {"last": last, "members": sorted(member["id"] for member in it["members"])}


class Tab:
    """A tab of somebody who has a conversation open. Its methods may be called by several threads."""

    def __init__(self, person: api.Person, conversation: str):
        self.person = person
        self.conversation = conversation
        self.given = 0
        """The highest number of somebody else's message that the stream has brought, in all its life."""
        self.repeated: list[Shape] = []
        """What the stream has brought more than once; it does no harm, and should not be."""
        self.out_of_order: list[tuple[str, int, int]] = []
        """What the stream has brought after something newer: of what, the newer number, the older one."""
        self._brought: set[tuple[str, str, int, str]] = set()
        self._lock = threading.RLock()
        self.open_anew()

    def open_anew(self) -> None:
        """Load the page (again), and listen from where it was loaded."""
        with self._lock:
            self.close()
            self._load()
            self._listen()

    def come_back(self) -> None:
        """Connect again, if the stream is closed, and go on after the last event that came."""
        with self._lock:
            if self.stream is None:
                self._listen()

    def close(self) -> None:
        """Lose the connection; what is shown stays."""
        with self._lock:
            if getattr(self, "stream", None) is None:
                self.stream: api.Stream | None = None
                return
            self.stream.close()
            services.wait_for(self.stream.ended.is_set, "the stream's end")
            self.take()
            self.stream = None

    @property
    def is_open(self) -> bool:
        return self.stream is not None

    def take(self) -> str:
        """Work on the events that have come since; returns the id of the last one."""
        with self._lock:
            while self.stream is not None and self._taken < len(self.stream.events):
                event = self.stream.events[self._taken]
                self._taken += 1
                if event.id and not later(event.id, self.position):  # tabs.js
                    continue
                self.position = event.id or self.position
                getattr(self, f"_on_{event.type.replace('-', '_')}", lambda _: None)(event.data)
            return self.position

    def _load(self) -> None:
        self._newest: dict[str, int] = {}
        self.position = position(self.person)
        self.page = Page(self.person, self.conversation)
        self._marks: tuple[int, int] = (0, 0)

    def _listen(self) -> None:
        self._taken = 0
        self.stream = self.person.listen(last_id=self.position)

    # feed.js

    def _check_order(self, name: str, number: int) -> None:
        newest = self._newest.setdefault(name, number)
        if number < newest:
            self.out_of_order.append((name, newest, number))
        self._newest[name] = max(newest, number)

    def _on_message(self, shape: Shape) -> None:
        self._check_order(f"numbers in {shape['conversation']}", shape["seq"])
        if shape["conversation"] == self.conversation and not shape["mine"]:
            self.given = max(self.given, shape["seq"])
        self._place(shape, update=False)

    def _on_message_update(self, shape: Shape) -> None:
        self._check_order(f"versions of {shape['id']}", shape["version"])
        self._place(shape, update=True)

    def _on_conversation(self, entry: Shape) -> None:
        known = self.page.entries.get(entry["id"])
        if known is None or known["revision"] <= entry["revision"]:
            self.page.entries[entry["id"]] = entry

    def _on_receipt(self, receipt: Shape) -> None:
        for name in ("delivered_upto", "read_upto"):
            self._check_order(f"{name} of {receipt['conversation']} {receipt['member']}", receipt[name])
        if receipt["conversation"] == self.conversation:
            self._marks = (receipt["delivered_to_all"], receipt["read_by_all"])
            for message in self.page.messages.values():
                self._raise(message)

    def _on_resync(self, _: Shape) -> None:
        before = self.position
        self._load()
        if later(before, self.position):
            self.position = before

    # log.js

    def _place(self, shape: Shape, update: bool) -> None:
        if shape["conversation"] != self.conversation:
            return
        once = ("update" if update else "message", shape["id"], shape["version"], str(shape["quote"]))
        if once in self._brought:
            self.repeated.append(shape)
        self._brought.add(once)
        known = self.page.messages.get(shape["id"])
        if known is not None and known["version"] > shape["version"]:
            return
        if update:
            self._requote(shape)
        if known is None and update:
            return
        self.page.messages[shape["id"]] = shape
        self._raise(shape)

    def _raise(self, message: Shape) -> None:
        delivered, read = self._marks
        reached = "read" if message["seq"] <= read else "delivered" if message["seq"] <= delivered else "sent"
        if message["mine"] and STATUS.index(reached) > STATUS.index(message["status"]):
            message["status"] = reached

    def _requote(self, shape: Shape) -> None:
        for message in self.page.messages.values():
            if message["quote"] and message["quote"]["id"] == shape["id"]:
                message["quote"] |= {"body": shape["body"], "deleted": shape["deleted"]}


def position(person: api.Person) -> str:
    """Where a page that is loaded now will begin to listen: a visitor's says it, an agent's has it in its HTML."""
    if "Authorization" in person.headers:
        answer = person.post("/w/session")
        return str(answer.json()["last_event_id"])
    return _of_inbox(person, "position")


def agent_id(person: api.Person) -> str:
    """Who an agent is."""
    return _of_inbox(person, "user")


def _of_inbox(person: api.Person, name: str) -> str:
    page = person.get("/inbox", headers={"Accept": "text/html"}).text
    found = re.search(rf'<body[^>]* data-{name}="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def later(one: str, other: str) -> bool:
    """Whether an event's id is after another one."""
    return [int(part) for part in one.split("-")] > [int(part) for part in other.split("-")]
