"""Long conversations: they stay quick and in place, and everything in them can be found and linked to."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import APIResponse, Locator, Route, expect

from tests import api, services
from tests.browser.people import ChatPage, Inbox, Tab, Visitor

MOST = 240
"""Messages that are on the page at once."""


def numbered(chat_page: ChatPage) -> list[int]:
    """The numbers of the messages that are on the page, which must be without gaps."""
    found: list[int] = chat_page.messages.evaluate_all("(all) => all.map((it) => Number(it.dataset.seq))")
    assert found == list(range(found[0], found[-1] + 1))
    return found


def begin(visitor: Visitor, agent: api.Person) -> tuple[Tab, str]:
    """A visitor's tab, and the id of their conversation, in which they have written "message 1"."""
    tab = visitor.tab().open()
    tab.send("message 1")
    tab.shows("message 1")
    return tab, next(str(it["id"]) for it in agent.conversations() if it["title"] == tab.name)


class Long:
    """A conversation of 500 messages, nearly all of them the agent's, and the browser of the visitor in it."""

    def __init__(self, chat: services.ChatServer):
        self.person = api.visitor(chat.url)
        self.agent = api.agent(chat)
        self.id = self.person.conversation
        self.chat = chat
        self.last = 0
        self.person.send("message 1", self.id)
        self.last = 1
        self.send("message 2")
        self._repeat(upto=122)
        self.send("a needle in the haystack")
        self._repeat(upto=499)
        self.send("message 500")

    def _repeat(self, upto: int) -> None:
        """Have the agent's message 2 repeated under each number up to this one: they are copied in the database."""
        before, self.last = self.last, upto
        with database_of(self.chat) as database:
            database.row_factory = sqlite3.Row
            own = "SELECT * FROM messages WHERE conversation_id = ? AND seq = 2"
            row = dict(database.execute(own, (self.id,)).fetchone())
            copy = f"INSERT INTO messages ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
            for seq in range(before + 1, upto + 1):
                new = {"id": uuid.uuid4().hex[:16], "client_id": uuid.uuid4().hex, "seq": seq, "body": f"message {seq}"}
                database.execute(copy, [*(row | new).values()])
            database.execute(
                "UPDATE conversations SET last_seq = ?1, public_seq = ?1, listed_seq = ?1 WHERE id = ?2",
                (upto, self.id),
            )

    def send(self, text: str) -> None:
        answer = self.agent.send(text, self.id)
        assert answer.status_code == 201
        self.last = answer.json()["seq"]

    def tab(self, visitor: Visitor) -> Tab:
        """A tab of theirs in a fresh browser, who has read everything: else it would open at what is new."""
        self.person.post(f"/w/conversations/{self.id}/read", json={"upto": self.last})
        kept = {"token": self.person.headers["Authorization"].removeprefix("Bearer "), "open": True}
        name = f"chatpopup:{self.chat.url}"
        is_new = f"parent === window && origin !== 'null' && !localStorage[{name!r}]"
        keep = f"if ({is_new}) localStorage[{name!r}] = {json.dumps(json.dumps(kept))}"
        visitor.context.add_init_script(keep)
        tab = visitor.tab().connected()
        expect(tab.messages).to_have_count(40)
        return tab


@pytest.fixture(scope="module")
def long(chat: services.ChatServer) -> Long:
    """Made once: it takes a while."""
    return Long(chat)


def database_of(chat: services.ChatServer) -> sqlite3.Connection:
    return sqlite3.connect(chat.environ["DATABASE_URL"].removeprefix("sqlite:///"), timeout=10)


def top(message: Locator) -> float:
    found: float = message.evaluate("(it) => it.getBoundingClientRect().top")
    return found


def test_scrolling_through_500_messages_holds_few_of_them_and_keeps_ones_place(visitor: Visitor, long: Long) -> None:
    tab = long.tab(visitor)
    while (first := numbered(tab)[0]) > 1:
        reading = tab.document.locator(f"#{tab.messages.first.get_attribute('id')}")
        # With the page's oldest message at the top edge, the page before it is loaded above.
        before = reading.evaluate("(it) => (it.scrollIntoView(), it.getBoundingClientRect().top)")
        expect(tab.messages.first).not_to_have_attribute("data-seq", str(first))
        assert top(reading) == pytest.approx(before, abs=4)
        assert len(numbered(tab)) <= MOST
    expect(tab.document.get_by_role("button", name="To the newest message")).to_be_visible()
    while (last := numbered(tab)[-1]) < long.last:
        reading = tab.document.locator(f"#{tab.messages.last.get_attribute('id')}")
        before = reading.evaluate("(it) => (it.scrollIntoView({block: 'end'}), it.getBoundingClientRect().top)")
        expect(tab.messages.last).not_to_have_attribute("data-seq", str(last))
        assert top(reading) == pytest.approx(before, abs=4)
        assert len(numbered(tab)) <= MOST
    tab.document.locator("#messages").evaluate("(box) => (box.scrollTop = box.scrollHeight)")
    expect(tab.document.locator("#newer")).not_to_be_visible()
    for number in range(MOST // 2):
        long.send(f"and another {number}")
    expect(tab.messages.last).to_have_attribute("data-seq", str(long.last))
    expect(tab.messages.last).to_be_in_viewport()
    assert len(numbered(tab)) <= MOST


def test_a_search_finds_an_old_message_and_leads_there_and_back(visitor: Visitor, long: Long, inbox: Inbox) -> None:
    tab = long.tab(visitor)
    inbox.open(tab)
    for chat_page in (tab, inbox):
        hits = chat_page.search("NEEDLE")
        expect(hits).to_have_count(1)
        expect(hits.locator("mark")).to_have_text("needle")
        hits.click()
        expect(chat_page.sheet).not_to_be_visible()
        hit = chat_page.message("a needle in the haystack")
        expect(hit).to_be_in_viewport()
        expect(hit).to_have_class(re.compile("highlighted"))
        assert len(numbered(chat_page)) <= 120  # a page around it, and what loads before its edges are reached
    newest = tab.document.locator("#newer")
    expect(newest).to_have_accessible_name("To the newest message")
    long.send("written meanwhile")
    expect(newest).to_have_text("1 new")
    assert tab.message("written meanwhile").count() == 0
    for chat_page in (tab, inbox):
        chat_page.bring_to_front()
        chat_page.document.locator("#newer").click()
        expect(chat_page.message("written meanwhile")).to_be_in_viewport()
        expect(chat_page.document.locator("#newer")).not_to_be_visible()
        assert numbered(chat_page)[-1] == long.last


def test_a_link_to_a_message_leads_there_in_a_new_tab(visitor: Visitor, long: Long, inbox: Inbox) -> None:
    tab = long.tab(visitor)
    inbox.open(tab)
    for chat_page in (tab, inbox):
        chat_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        chat_page.search("needle").click()
        name = str(chat_page.message("a needle in the haystack").get_attribute("id")).removeprefix("m-")
        chat_page.menu("a needle in the haystack").get_by_role("button", name="Copy link").click()
        expect(chat_page.sheet.get_by_role("button", name="Link copied")).to_be_visible()
        link = chat_page.page.evaluate("() => navigator.clipboard.readText()")
        assert link in (f"{tab.page.url}#chat-message-{name}", f"{inbox.page.url}?message={name}")
        there = type(chat_page)(chat_page.page.context.new_page(), link)
        there.connected()
        expect(there.message("a needle in the haystack")).to_be_in_viewport()


def test_a_link_of_somebody_else_shows_nothing_of_theirs(visitor: Visitor, new_visitor: Callable[..., Visitor]) -> None:
    theirs = visitor.tab().open()
    theirs.send("mine alone")
    theirs.shows("mine alone")
    name = str(theirs.message("mine alone").get_attribute("id")).removeprefix("m-")
    other = new_visitor()
    known = other.tab().open()
    known.send("hello")
    known.shows("hello")
    linked = other.tab(f"/#chat-message-{name}").connected()
    linked.shows("hello")
    stranger = new_visitor().tab(f"/#chat-message-{name}")
    expect(stranger.launcher).to_be_visible()
    expect(stranger.frame).to_have_count(0)


def test_a_message_that_comes_while_its_conversation_is_being_opened_is_there(
    visitor: Visitor, inbox: Inbox, chat: services.ChatServer
) -> None:
    tab, conversation = begin(visitor, api.agent(chat))
    held: list[tuple[Route, APIResponse]] = []
    inbox.page.route(f"**/w/conversations/{conversation}", lambda route: held.append((route, route.fetch())), times=1)
    inbox.entry(tab.name).click()
    services.wait_for(lambda: inbox.page.title() and held, "the conversation as it is now")
    tab.send("message 2")
    tab.has_status("message 2", "delivered")
    route, response = held[0]
    route.fulfill(response=response)
    inbox.shows("message 1", "message 2")


def put_back(chat: services.ChatServer, conversation: str, seq: int, days: int) -> None:
    """Let a message and those before it have been written so many days ago."""
    with database_of(chat) as database:
        database.execute(
            "UPDATE messages SET created_at = datetime(created_at, ?) WHERE conversation_id = ? AND seq <= ?",
            (f"-{days} days", conversation, seq),
        )


def test_days_stand_between_the_messages_of_different_days(visitor: Visitor, chat: services.ChatServer) -> None:
    agent = api.agent(chat)
    tab, conversation = begin(visitor, agent)
    for number in range(2, 7):
        agent.send(f"message {number}", conversation)
    expect(tab.messages).to_have_count(6)
    expect(tab.document.locator(".divider.day")).to_have_text(["Today"])
    put_back(chat, conversation, 4, 1)
    put_back(chat, conversation, 2, 30)
    put_back(chat, conversation, 1, 400)
    tab.page.reload()
    tab.connected()
    days = tab.document.locator(".divider.day")
    month, year = (datetime.now(UTC) - timedelta(days=it) for it in (31, 431))
    message = [f"{year:%A, %B} {year.day}, {year.year}", f"{month:%A, %B} {month.day}", "Yesterday", "Today"]
    if month.year != datetime.now(UTC).year:
        message[1] += f", {month.year}"
    expect(days).to_have_text(message)
    # Each above the first message of its day.
    assert days.evaluate_all("(all) => all.map((it) => Number(it.parentElement.dataset.seq))") == [1, 2, 3, 5]


def test_a_line_stands_above_what_is_new_until_the_conversation_is_opened_again(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    agent = api.agent(chat)
    tab, conversation = begin(visitor, agent)
    other = visitor.tab().connected()
    tab.close_popup()
    for number in range(2, 32):
        agent.send(f"message {number}", conversation)
    expect(tab.badge).to_have_text("30")
    tab.launcher.click()
    line = tab.document.locator(".divider.new")
    for it in (tab, other):
        expect(it.document.locator(".divider.new")).to_have_text("New messages")
        expect(it.messages.filter(has=it.page.locator(".divider.new"))).to_contain_text("message 2")
    agent.send("message 32", conversation)
    expect(tab.message("message 32")).to_be_attached()
    expect(line).to_have_count(1)
    tab.document.locator("#messages").evaluate("(box) => (box.scrollTop = box.scrollHeight)")
    expect(tab.badge).to_have_count(0)
    services.wait_for(lambda: agent.history(conversation)[-1]["status"] == "read", "the reading")
    tab.page.reload()
    tab.connected().shows(*(f"message {number}" for number in range(1, 33)))
    expect(line).to_have_count(0)


def test_a_page_that_is_loaded_with_much_unread_begins_at_the_first_of_it(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    agent = api.agent(chat)
    tab, conversation = begin(visitor, agent)
    tab.page.close()
    for number in range(2, 32):
        agent.send(f"message {number}", conversation)
    again = visitor.tab().connected()
    expect(again.document.locator(".divider.new")).to_be_in_viewport()
    expect(again.message("message 2")).to_be_in_viewport()
    expect(again.message("message 31")).not_to_be_in_viewport()
