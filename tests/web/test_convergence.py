"""Whatever several people do at once, and however their tabs come and go: in the end all show what the database has."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, event, text

from tests import api, parts
from tests.web import books
from tests.web.tab_model import STATUS, Page, Tab, agent_id, later
from tests.web.test_messages import at_once

if TYPE_CHECKING:
    from flask import Flask
    from redis import Redis

    from widget.chat.messages import Fresh
    from widget.stream.log import Entry

WHO = ("owner", "guest", "agent")
DONE = {200, 201, 204}


def held_up() -> Flask:
    """The app on a machine that has other things to do: on its way from the commit to the tabs, and when it asks
    PostgreSQL, it is held up for some milliseconds, and so overtaken more often than on a quiet one."""
    from app import app
    from widget import broadcast, db
    from widget.stream.log import Log

    def hold_up(chance: float, longest: float) -> None:
        if random.random() < chance:
            time.sleep(random.uniform(0, longest))

    publish, append = broadcast.message, Log.append

    def publish_late(message_id: str, first: bool, fresh: Fresh | None = None) -> None:
        hold_up(0.3, 0.02)
        publish(message_id, first, fresh)

    def append_late(log: Log, entries: Iterable[Entry]) -> None:
        hold_up(0.7, 0.08)
        append(log, entries)

    broadcast.message = publish_late
    Log.append = append_late  # type: ignore[method-assign]
    engine = app.extensions[db.EXTENSION]
    if engine.dialect.name == "postgresql":  # SQLite would keep all others waiting meanwhile
        event.listen(engine, "before_cursor_execute", lambda *_: hold_up(0.2, 0.005))
    return app


class BusyServer(parts.ChatServer):
    """The chat with two processes on a busy machine: requests and tabs are spread over both."""

    app = "tests.web.test_convergence:held_up()"

    def __init__(self, redis_url: str, database_url: str):
        super().__init__(redis_url, database_url, WEB_CONCURRENCY="2")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def deployment(
    request: pytest.FixtureRequest, redis_server: parts.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[parts.ChatServer]:
    """The chat with a database of its own, once of each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres").database()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/chat.db"
    with parts.closing(BusyServer(redis_server.database(), url)) as chat:
        yield chat


@pytest.fixture(scope="module")
def desk(deployment: parts.ChatServer) -> api.Person:
    """The one agent."""
    agent = api.agent(deployment)
    agent.id = agent_id(agent)
    return agent


class Known(NamedTuple):
    """A message that was accepted; `by` is one of WHO."""

    seq: int
    id: str
    by: str


class Chat:
    """A group of two visitors and the team; everybody has two tabs with the group open."""

    def __init__(self, server: parts.ChatServer, desk: api.Person):
        owner, guest = api.visitor(server.url, name="Olga"), api.visitor(server.url, name="Gus")
        self.server = server
        self.people = dict(zip(WHO, (owner, guest, desk), strict=True))
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
        """What was answered, None for a refusal; any other answer than those `allowed` is a mistake."""
        answer = self.people[by].request(method, path, json=fields)
        assert answer.status_code in allowed, (
            f"{by}: {method} {path} {fields}: {answer.status_code} {answer.text[:300]}"
        )
        return (answer.json() if answer.content else {}) if answer.status_code in DONE else None

    def send(self, by: str, path: str, client_id: str, allowed: set[int], **fields: Any) -> None:
        said = self.request(by, "POST", path, allowed, client_id=client_id, **fields)
        if said is None:
            return
        with self.lock:
            first = self.client_ids.setdefault((self.people[by].id, client_id), said["id"])
            assert first == said["id"], "one client_id made two messages"
            message = Known(said["seq"], said["id"], by)
            if said["conversation"] == self.group and message not in self.known:
                self.known.append(message)

    def pick(self, which: int) -> Known:
        """The newest message but `which` of those that were there before this moment."""
        return self.at_hand[-1 - which % len(self.at_hand)]

    def who_changes(self, by: str, message: Known, allowed: set[int]) -> tuple[str, set[int]]:
        """Who `by` is in a deed that only the author may do, and what may be answered to them."""
        return (message.by, allowed) if by in ("author", message.by) else (by, {403})

    def pass_a_moment(self, deeds: list[Deed]) -> None:
        """Let all of this happen at once; when it is over, every tab must show what has become of it."""
        self.at_hand = sorted(self.known)
        at_once([lambda deed=deed: deed.run(self) for deed in deeds])  # type: ignore[misc]
        self.check_tabs()

    def check_tabs(self) -> None:
        """Every tab that is open must show what the database has, once it has been told."""
        wait_for_events(self)
        for by, tabs in self.tabs.items():
            kept = Books(self, by)
            for number, tab in enumerate(tabs):
                if tab.is_open:
                    check(f"{by}'s tab {number}", tab.page, kept)


@dataclass(frozen=True)
class Deed:
    """Something that somebody does."""

    by: str

    def run(self, chat: Chat) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Send(Deed):
    answering: int | None = None
    twice: bool = False

    def run(self, chat: Chat) -> None:
        client_id = str(uuid.uuid4())
        original = chat.pick(self.answering).id if self.answering is not None else None
        fields = {"body": f"said by {self.by}", "reply_to": original}

        def send() -> None:
            chat.send(self.by, f"/w/conversations/{chat.group}/messages", client_id, {200, 201}, **fields)

        at_once([send] * 2) if self.twice else send()


@dataclass(frozen=True)
class Retry(Deed):
    which: int

    def run(self, chat: Chat) -> None:
        with chat.lock:
            mine = [client_id for user, client_id in chat.client_ids if user == chat.people[self.by].id]
        path = f"/w/conversations/{chat.group}/messages"
        chat.send(self.by, path, mine[-1 - self.which % len(mine)], {200, 422}, body="said again")


@dataclass(frozen=True)
class Edit(Deed):
    which: int
    body: str

    def run(self, chat: Chat) -> None:
        message = chat.pick(self.which)
        by, allowed = chat.who_changes(self.by, message, {200, 422})
        chat.request(by, "PATCH", f"/w/messages/{message.id}", allowed, body=self.body)


@dataclass(frozen=True)
class Delete(Deed):
    which: int

    def run(self, chat: Chat) -> None:
        message = chat.pick(self.which)
        by, allowed = chat.who_changes(self.by, message, {200})
        if chat.request(by, "DELETE", f"/w/messages/{message.id}", allowed) is not None:
            chat.deleted.add(message.id)


@dataclass(frozen=True)
class React(Deed):
    which: int
    emoji: str

    def run(self, chat: Chat) -> None:
        path = f"/w/messages/{chat.pick(self.which).id}/reaction"
        chat.request(self.by, "PUT", path, {200, 422}, emoji=self.emoji)


@dataclass(frozen=True)
class TakeBack(Deed):
    which: int

    def run(self, chat: Chat) -> None:
        chat.request(self.by, "DELETE", f"/w/messages/{chat.pick(self.which).id}/reaction", {200, 422})


@dataclass(frozen=True)
class Read(Deed):
    which: int

    def run(self, chat: Chat) -> None:
        upto = chat.pick(self.which).seq
        chat.request(self.by, "POST", f"/w/conversations/{chat.group}/read", {204}, upto=upto)
        chat.read[self.by] = max(chat.read[self.by], upto)


@dataclass(frozen=True)
class Forward(Deed):
    which: int
    to_group: bool

    def run(self, chat: Chat) -> None:
        path = f"/w/messages/{chat.pick(self.which).id}/forward"
        target = chat.group if self.to_group else chat.direct[self.by]
        chat.send(self.by, path, str(uuid.uuid4()), {201, 422}, conversation=target)


@dataclass(frozen=True)
class Rename(Deed):
    title: str

    def run(self, chat: Chat) -> None:
        allowed = {403} if self.by == "guest" else {200}
        chat.request(self.by, "PATCH", f"/w/groups/{chat.group}", allowed, title=self.title)


@dataclass(frozen=True)
class Connection(Deed):
    """What becomes of one of two tabs: it closes, comes back with its last id, reloads as a page of its own, or comes
    back with an id that is in the log no more (forgotten)."""

    tab: int
    how: str

    def run(self, chat: Chat) -> None:
        tab = chat.tabs[self.by][self.tab]
        if self.how == "reloads":
            return tab.open_anew()
        tab.close()
        if self.how == "forgotten":
            with books.redis_of(chat.server) as redis:
                redis.xtrim(_log(chat.people[self.by]), maxlen=0, approximate=False)
        if self.how != "closes":
            tab.come_back()
        return None


def published(redis: Redis, person: api.Person) -> str:
    """The id of the newest event of somebody; an entry without one only marks a place in the log."""
    log: Any = redis.xrevrange(_log(person), count=1)
    return next((entry_id.decode() for entry_id, fields in log if fields[b"e"]), "0-0")


def _log(person: api.Person) -> str:
    return f"chat:{{{person.id}}}:log"


@st.composite
def _moment(draw: st.DrawFn) -> list[Deed]:
    """Some deeds that happen at once, most of them about the same message: so they get into each other's way."""
    by, which = st.sampled_from(WHO), st.just(draw(st.sampled_from((0, 0, 0, 1, 2))))
    changer = st.sampled_from(("author",) * 4 + WHO)
    often = [
        st.builds(Send, by, st.none() | which | which, st.booleans()),
        st.builds(Edit, changer, which, st.sampled_from(["green", "black"])),
        st.builds(React, by, which, st.sampled_from(["👍", "❤️"])),
        st.builds(Read, by, st.integers(0, 3)),
    ]
    seldom = [
        st.builds(Delete, changer, which),
        st.builds(Retry, by, which),
        st.builds(TakeBack, by, which),
        st.builds(Forward, by, which, st.booleans()),
        st.builds(Rename, by, st.sampled_from(["tea", "coffee"])),
        st.builds(Connection, by, st.integers(0, 1), st.sampled_from(["closes", "comes back", "reloads", "forgotten"])),
    ]
    return draw(st.lists(st.one_of(*often, *often, *seldom), min_size=2, max_size=8))


@given(moments=st.lists(_moment(), min_size=1, max_size=4))
@settings(
    max_examples=20,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_tab_ends_with_what_a_fresh_page_shows_and_the_database_has(
    deployment: parts.ChatServer, desk: api.Person, moments: list[list[Deed]]
) -> None:
    with parts.closing(Chat(deployment, desk)) as chat:
        for deeds in moments:
            chat.pass_a_moment(deeds)
        for tab in chat.all_tabs():
            tab.come_back()
        chat.check_tabs()
        wait_for_ticks(chat)
        for by, tabs in chat.tabs.items():
            fresh = Page(chat.people[by], chat.group)
            check(f"{by}'s page", fresh, Books(chat, by))
            for number, tab in enumerate(tabs):
                assert tab.page.list_shown(chat.listed) == fresh.list_shown(chat.listed), (
                    f"{by}'s list {number} differs"
                )
                assert not tab.repeated, f"{by}'s tab {number} was given something twice"
        check_what_was_promised(chat)


def check(whose: str, page: Page, kept: Books) -> None:
    """Whatever stands on a page must be as the database has it."""
    assert page.messages_shown() == kept.messages_shown(), f"{whose} differs from the database"
    entry = page.list_shown({kept.chat.group})[kept.chat.group]
    assert entry == kept.entry_shown(), f"{whose} differs from the database in the list"


def wait_for_events(chat: Chat) -> None:
    """Wait until everything is published, and every tab that is open has worked on all of it."""

    def are_at_the_end() -> bool:
        with books.redis_of(chat.server) as redis:
            newest = {person.id: published(redis, person) for person in chat.people.values()}
        return not any(later(newest[tab.person.id], tab.take()) for tab in chat.all_tabs() if tab.is_open)

    parts.wait_for(lambda: books.run(chat.server, "SELECT count(*) FROM unpublished") == [(0,)], "everything published")
    parts.wait_for(are_at_the_end, "every tab to have all events")


def wait_for_ticks(chat: Chat) -> None:
    """Wait until it is noted what tabs and pages were given, which happens a moment later, and all show it."""

    def delivered_is_noted() -> bool:
        members = Books(chat, "owner").members
        return all(
            members[_seat(chat, by)].delivered >= max(tab.given for tab in tabs) for by, tabs in chat.tabs.items()
        )

    def wrong() -> list[str]:
        wait_for_events(chat)
        found = []
        for by, tabs in chat.tabs.items():
            kept = Books(chat, by).statuses()
            pages = {"page": Page(chat.people[by], chat.group)}
            pages |= {f"tab {number}": tab.page for number, tab in enumerate(tabs)}
            for name, page in pages.items():
                if page.statuses() != kept:
                    found.append(f"{by}'s {name}: {page.statuses()}, not {kept}")
        return found

    parts.wait_for(delivered_is_noted, "what the tabs took to be noted as delivered")
    try:
        parts.wait_for(lambda: not wrong(), "the ticks", within=3)
    except AssertionError:
        raise AssertionError("\n".join(["the ticks stay wrong", *wrong()])) from None


def check_what_was_promised(chat: Chat) -> None:
    """Whatever was accepted is there: every message once and numbered without gaps, marks that never go back."""
    books_ = Books(chat, "owner")
    numbers = [row.seq for row in books_.rows]
    assert numbers == list(range(1, len(numbers) + 1))
    in_group = {row.id for row in books_.rows if row.kind != "system"}
    assert in_group == {known.id for known in chat.known}
    for by, upto in chat.read.items():
        assert books_.members[_seat(chat, by)].read >= upto
    assert {row.id for row in books_.rows if row.deleted_at} == chat.deleted


def _seat(chat: Chat, by: str) -> str:
    return "team" if by == "agent" else chat.people[by].id


class Books:
    """What the database has of the group, put into the words of a page by rules of its own."""

    def __init__(self, chat: Chat, by: str):
        self.chat = chat
        self.rows = self._select(
            "SELECT id, seq, kind, body, version, sender_id, member_id, reply_to, forwarded, edited_at, deleted_at"
            " FROM messages WHERE conversation_id = :group ORDER BY seq"
        )
        self.reactions = self._select(
            "SELECT message_id, reactions.member_id, emoji FROM reactions JOIN messages ON messages.id = message_id"
            " WHERE conversation_id = :group ORDER BY reactions.created_at"
        )
        members = self._select(
            "SELECT id, user_id, delivered_upto AS delivered, read_upto AS read FROM members"
            " WHERE conversation_id = :group"
        )
        self.members = {row.user_id: row for row in members}
        self.me = self.members[_seat(chat, by)]

    def _select(self, statement: str) -> Sequence[Row[Any]]:
        with books.engine(self.chat.server.environ["DATABASE_URL"]).connect() as connection:
            return connection.execute(text(statement), {"group": self.chat.group}).all()

    def messages_shown(self) -> list[dict[str, Any]]:
        by_id = {row.id: row for row in self.rows}
        return [
            {
                "seq": row.seq,
                "kind": row.kind,
                "version": row.version,
                "mine": row.member_id == self.me.id,
                "deleted": row.deleted_at is not None,
                "forwarded": bool(row.forwarded),
                "reply_to": row.reply_to,
                "sender": row.sender_id,
                "body": row.body,
                "edited": row.edited_at is not None,
                "quote": self._quote(by_id[row.reply_to]) if row.reply_to and not row.deleted_at else None,
                "reactions": self._reactions(row.id),
            }
            for row in self.rows
        ]

    def _quote(self, original: Row[Any]) -> str:
        return "Deleted message" if original.deleted_at else original.body

    def _reactions(self, message: str) -> list[tuple[str, int, bool]]:
        given = [row for row in self.reactions if row.message_id == message]
        emojis = dict.fromkeys(row.emoji for row in given)
        return [
            (emoji, len(of), any(row.member_id == self.me.id for row in of))
            for emoji in emojis
            for of in [[row for row in given if row.emoji == emoji]]
        ]

    def entry_shown(self) -> dict[str, Any]:
        """The group in the list."""
        [group] = self._select("SELECT kind, title FROM conversations WHERE id = :group")
        return {
            "kind": group.kind,
            "title": group.title,
            "unread": sum(
                row.seq > self.me.read
                and row.member_id != self.me.id
                and row.kind != "system"
                and row.deleted_at is None
                for row in self.rows
            ),
            "last": self.messages_shown()[-1],
            "members": sorted(self.members),
        }

    def statuses(self) -> dict[int, str]:
        others = [row for row in self.members.values() if row is not self.me]
        delivered, read = min(row.delivered for row in others), min(row.read for row in others)
        return {
            row.seq: STATUS[2 if row.seq <= read else 1 if row.seq <= delivered else 0]
            for row in self.rows
            if row.member_id == self.me.id
        }
