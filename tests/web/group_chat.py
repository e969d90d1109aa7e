"""A group in which several people write at once, and what all their tabs must show of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection
from tests.web.actions import WHO, Action, Send
from tests.web.group_inspection import GroupRows
from tests.web.tab_model import Page, Tab, later

if TYPE_CHECKING:
    from redis import Redis

DONE = {200, 201, 204}


class Known(NamedTuple):
    """A message that was accepted; `by` is one of WHO."""

    seq: int
    id: str
    by: str


class Chat:
    """A group of two visitors and the team; everybody has two tabs with the group open."""

    def __init__(self, server: services.ChatServer, agent: api.Person):
        owner, guest = api.visitor(server.url, name="Olga"), api.visitor(server.url, name="Gus")
        self.server = server
        self.people = dict(zip(WHO, (owner, guest, agent), strict=True))
        self.direct = {"owner": owner.conversation, "guest": guest.conversation, "agent": owner.conversation}
        self.group: str = owner.post("/w/groups", json={"title": "tea"}).json()["id"]
        token = owner.post(f"/w/groups/{self.group}/invites").json()["token"]
        assert guest.post(f"/w/invites/{token}").ok
        self.listed = {self.group, *self.direct.values()}
        self.known: list[Known] = []
        self.at_hand: list[Known] = []
        """The messages that can be done something with, newest last."""
        self.client_ids: dict[tuple[str, str], str] = {}
        """What was sent and which message became of it: (user, client id) to id."""
        self.read = dict.fromkeys(WHO, 0)
        self.deleted: set[str] = set()
        self.tabs: dict[str, list[Tab]] = {}
        self.lock = threading.Lock()
        self.pass_a_moment([Send(by) for by in WHO])
        opened = at_once([lambda by=by: Tab(self.people[by], self.group) for by in WHO * 2])  # type: ignore[misc]
        self.tabs = {by: opened[number :: len(WHO)] for number, by in enumerate(WHO)}

    def close(self) -> None:
        for tab in self.all_tabs():
            tab.close()

    def all_tabs(self) -> list[Tab]:
        return [tab for tabs in self.tabs.values() for tab in tabs]

    def request(self, by: str, method: str, path: str, allowed: set[int], **fields: Any) -> dict[str, Any] | None:
        """The answer, None for a refusal; any other status than those `allowed` is a mistake."""
        answer = self.people[by].request(method, path, json=fields)
        assert answer.status_code in allowed, (
            f"{by}: {method} {path} {fields}: {answer.status_code} {answer.text[:300]}"
        )
        return (answer.json() if answer.content else {}) if answer.status_code in DONE else None

    def send(self, by: str, path: str, client_id: str, allowed: set[int], **fields: Any) -> None:
        sent = self.request(by, "POST", path, allowed, client_id=client_id, **fields)
        if sent is None:
            return
        with self.lock:
            first = self.client_ids.setdefault((self.people[by].id, client_id), sent["id"])
            assert first == sent["id"], "one client_id made two messages"
            message = Known(sent["seq"], sent["id"], by)
            if sent["conversation"] == self.group and message not in self.known:
                self.known.append(message)

    def pick(self, which: int) -> Known:
        """The newest message but `which` of those that were there before this moment."""
        return self.at_hand[-1 - which % len(self.at_hand)]

    def who_changes(self, by: str, message: Known, allowed: set[int]) -> tuple[str, set[int]]:
        """Who `by` is in an action that only the author may do, and what may be answered to them."""
        return (message.by, allowed) if by in ("author", message.by) else (by, {403})

    def pass_a_moment(self, actions: list[Action]) -> None:
        """Let all of this happen at once; when it is over, every tab must show what has become of it."""
        self.at_hand = sorted(self.known)
        at_once([lambda action=action: action.run(self) for action in actions])  # type: ignore[misc]
        self.check_tabs()

    def check_tabs(self) -> None:
        """Every tab that is open must show what the database has, once it has been told."""
        wait_for_events(self)
        for by, tabs in self.tabs.items():
            kept = GroupRows(self, by)
            for number, tab in enumerate(tabs):
                if tab.is_open:
                    check(f"{by}'s tab {number}", tab.page, kept)


def published(redis: Redis, person: api.Person) -> str:
    """The id of the newest event of somebody; an entry without one only marks a place in the log."""
    log: Any = redis.xrevrange(database_inspection.log_of(person), count=1)
    return next((entry_id.decode() for entry_id, fields in log if fields[b"e"]), "0-0")


def check(whose: str, page: Page, kept: GroupRows) -> None:
    """Whatever stands on a page must be as the database has it."""
    assert page.messages_shown() == kept.messages_shown(), f"{whose} differs from the database"
    entry = page.list_shown({kept.chat.group})[kept.chat.group]
    assert entry == kept.entry_shown(), f"{whose} differs from the database in the list"


def wait_for_events(chat: Chat) -> None:
    """Wait until everything is published, and every tab that is open has worked on all of it."""

    def are_at_the_end() -> bool:
        with database_inspection.redis_of(chat.server) as redis:
            newest = {person.id: published(redis, person) for person in chat.people.values()}
        return not any(later(newest[tab.person.id], tab.take()) for tab in chat.all_tabs() if tab.is_open)

    services.wait_for(
        lambda: database_inspection.run(chat.server, "SELECT count(*) FROM outbox") == [(0,)],
        "everything published",
    )
    services.wait_for(are_at_the_end, "every tab to have all events")
