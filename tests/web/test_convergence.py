"""Whatever several people do at once, and however their tabs come and go: in the end all show what the database has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection
from tests.web.actions import WHO, Action, Send, moment
from tests.web.busy import BusyServer
from tests.web.group_inspection import GroupRows, principal_id
from tests.web.tab_model import Page, Tab, agent_id, later

if TYPE_CHECKING:
    from redis import Redis

DONE = {200, 201, 204}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def deployment(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    """The chat with a database of its own, once of each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres").database()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/chat.db"
    with services.closing(BusyServer(redis_server.database(), url)) as chat:
        yield chat


@pytest.fixture(scope="module")
def agent(deployment: services.ChatServer) -> api.Person:
    """The one agent."""
    person = api.agent(deployment)
    person.id = agent_id(person)
    return person


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


@given(moments=st.lists(moment(), min_size=1, max_size=4))
@settings(
    max_examples=10,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_tab_ends_with_what_a_fresh_page_shows_and_the_database_has(
    deployment: services.ChatServer, agent: api.Person, moments: list[list[Action]]
) -> None:
    with services.closing(Chat(deployment, agent)) as chat:
        for actions in moments:
            chat.pass_a_moment(actions)
        for tab in chat.all_tabs():
            tab.come_back()
        chat.check_tabs()
        wait_for_ticks(chat)
        for by, tabs in chat.tabs.items():
            fresh = Page(chat.people[by], chat.group)
            check(f"{by}'s page", fresh, GroupRows(chat, by))
            for number, tab in enumerate(tabs):
                assert tab.page.list_shown(chat.listed) == fresh.list_shown(chat.listed), (
                    f"{by}'s list {number} differs"
                )
                assert not tab.repeated, f"{by}'s tab {number} was given something twice"
                assert not tab.out_of_order, f"{by}'s tab {number} was given something after something newer"
        check_what_was_promised(chat)


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


def wait_for_ticks(chat: Chat) -> None:
    """Wait until it is noted what tabs and pages were given, which happens a moment later, and all show it."""

    def delivered_is_noted() -> bool:
        members = GroupRows(chat, "owner").members
        return all(
            members[principal_id(chat, by)].delivered >= max(tab.given for tab in tabs)
            for by, tabs in chat.tabs.items()
        )

    def wrong() -> list[str]:
        wait_for_events(chat)
        found = []
        for by, tabs in chat.tabs.items():
            kept = GroupRows(chat, by).statuses()
            pages = {"page": Page(chat.people[by], chat.group)}
            pages |= {f"tab {number}": tab.page for number, tab in enumerate(tabs)}
            for name, page in pages.items():
                if page.statuses() != kept:
                    found.append(f"{by}'s {name}: {page.statuses()}, not {kept}")
        return found

    services.wait_for(delivered_is_noted, "what the tabs took to be noted as delivered")
    try:
        services.wait_for(lambda: not wrong(), "the ticks", within=3)
    except AssertionError:
        raise AssertionError("\n".join(["the ticks stay wrong", *wrong()])) from None


def check_what_was_promised(chat: Chat) -> None:
    """Whatever was accepted is there: every message once and numbered without gaps, marks that never go back."""
    rows = GroupRows(chat, "owner")
    numbers = [row.seq for row in rows.rows]
    assert numbers == list(range(1, len(numbers) + 1))
    in_group = {row.id for row in rows.rows if row.kind != "system"}
    assert in_group == {known.id for known in chat.known}
    for by, upto in chat.read.items():
        assert rows.members[principal_id(chat, by)].read >= upto
    assert {row.id for row in rows.rows if row.deleted_at} == chat.deleted
