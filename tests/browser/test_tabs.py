"""Many tabs of one visitor: everything reaches all of them, once and in order, over one stream."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Error, expect

from tests import services
from tests.browser.people import Inbox, Tab, Visitor


def streams(chat: services.ChatServer) -> int:
    """How many streams the server has open."""
    return int(requests.get(f"{chat.url}/healthz", timeout=5).json()["tabs"])


def test_twelve_tabs_show_every_message_once_and_in_order_over_one_stream(
    visitor: Visitor, inbox: Inbox, chat: services.ChatServer
) -> None:
    before = streams(chat)
    first = visitor.tab().open()
    first.send("from tab 0")
    first.shows("from tab 0")
    tabs = [first] + [visitor.tab("/about").connected() for _ in range(11)]
    assert streams(chat) == before + 1
    texts = ["from tab 0"]
    for number, tab in enumerate(tabs[1:], 1):
        tab.send(f"from tab {number}")
        texts.append(f"from tab {number}")
        tab.shows(*texts)
    inbox.open(tabs[0])
    inbox.reply("to all of you")
    for tab in tabs:
        tab.shows(*texts, "to all of you")
    assert streams(chat) == before + 1


def three_tabs(visitor: Visitor) -> list[Tab]:
    first = visitor.tab().open()
    first.send("hello")
    first.shows("hello")
    return [first] + [visitor.tab().connected() for _ in range(2)]


def test_closing_the_tab_that_holds_the_stream_costs_nobody_an_event(visitor: Visitor, inbox: Inbox) -> None:
    leader, second, third = three_tabs(visitor)
    inbox.open(second)
    leader.page.close()
    for number in range(5):
        inbox.reply(f"answer {number}")
    for tab in (second, third):
        tab.shows("hello", *(f"answer {number}" for number in range(5)))


def test_a_crash_of_the_tab_that_holds_the_stream_costs_nobody_an_event(visitor: Visitor, inbox: Inbox) -> None:
    leader, second, third = three_tabs(visitor)
    inbox.open(second)
    # Chromium's own way to the crash that the protocol's Page.crash makes; that one is never answered.
    with leader.page.expect_event("crash"), contextlib.suppress(Error):
        leader.page.goto("chrome://crash", timeout=5000)
    for number in range(5):
        inbox.reply(f"answer {number}")
    for tab in (second, third):
        tab.shows("hello", *(f"answer {number}" for number in range(5)))


def test_a_tab_that_opens_while_messages_arrive_misses_none(visitor: Visitor, inbox: Inbox) -> None:
    first = visitor.tab().open()
    first.send("begin")
    first.shows("begin")
    inbox.open(first)
    late: list[Tab] = []
    for number in range(12):
        inbox.reply(f"answer {number}")
        if number % 4 == 1:
            late.append(visitor.tab())
    for tab in [first, *late]:
        tab.shows("begin", *(f"answer {number}" for number in range(12)))


def test_tabs_agree_on_the_open_popup_and_on_what_is_unread(visitor: Visitor, inbox: Inbox) -> None:
    first = visitor.tab().open()
    second = visitor.tab()
    expect(second.frame).to_be_visible()
    first.send("are you there?")
    second.shows("are you there?")
    first.launcher.click()
    for tab in (first, second):
        expect(tab.frame).not_to_be_visible()
    inbox.open(first)
    inbox.reply("yes")
    inbox.reply("what is it?")
    for tab in (first, second):
        expect(tab.page.locator("[data-testid=launcher] [data-testid=unread]")).to_have_text("2")
    second.launcher.click()
    for tab in (first, second):
        expect(tab.frame).to_be_visible()
        expect(tab.page.locator("[data-testid=launcher] [data-testid=unread]")).to_have_count(0)
    first.launcher.click()
    expect(second.frame).not_to_be_visible()
    expect(second.page.locator("[data-testid=launcher] [data-testid=unread]")).to_have_count(0)


def test_an_unsent_draft_is_there_on_the_next_page_and_in_the_other_tab(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    other = visitor.tab().connected()
    tab.composer.fill("I was about to ask")
    expect(other.composer).to_have_value("I was about to ask")
    tab.page.goto(f"{visitor.shop}/about")
    expect(tab.composer).to_have_value("I was about to ask")


def test_two_visitors_never_see_each_others_messages(new_visitor: Callable[..., Visitor], inbox: Inbox) -> None:
    ana, ben = new_visitor().tab().open(), new_visitor().tab().open()
    ana.send("I am Ana")
    ben.send("I am Ben")
    inbox.open(ana)
    inbox.reply("Hello Ana")
    ana.shows("I am Ana", "Hello Ana")
    inbox.open(ben)
    inbox.reply("Hello Ben")
    ben.shows("I am Ben", "Hello Ben")
    ana.shows("I am Ana", "Hello Ana")


def test_all_tabs_of_an_agent_show_the_same(
    visitor: Visitor, chat: services.ChatServer, new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]]
) -> None:
    open_inbox = new_inbox(chat)
    one, two = open_inbox(), open_inbox()
    tab = visitor.tab().open()
    tab.send("a question for both")
    for inbox in (one, two):
        expect(inbox.items.first).to_contain_text("a question for both")
        expect(inbox.items.first.get_by_test_id("unread")).to_have_text("1")
    one.open(tab)
    expect(two.items.first.get_by_test_id("unread")).to_have_count(0)
    two.open(tab)
    one.reply("an answer")
    two.shows("a question for both", "an answer")
    tab.shows("a question for both", "an answer")


def test_two_tabs_that_begin_at_the_same_moment_are_one_visitor(visitor: Visitor) -> None:
    one, two = visitor.tab(), visitor.tab()
    for tab in (one, two):
        tab.page.evaluate("() => void ChatPopup.open()")  # a click could close what the other tab has opened
    for tab in (one, two):
        tab.connected()
    one.send("from one")
    two.shows("from one")
    two.send("from two")
    one.shows("from one", "from two")


WITHOUT_LOCKS = {
    "missing": "Object.defineProperty(navigator, 'locks', { value: undefined })",  # as on a page without HTTPS
    "silent": "if (window.LockManager) LockManager.prototype.request = () => new Promise(() => {})",
}


@pytest.mark.parametrize("how", WITHOUT_LOCKS)
def test_without_web_locks_the_tabs_agree_on_one_stream_among_themselves(
    visitor: Visitor, inbox: Inbox, chat: services.ChatServer, how: str
) -> None:
    visitor.context.add_init_script(WITHOUT_LOCKS[how])
    before = streams(chat)
    leader = visitor.tab().open()
    leader.send("hello")
    leader.shows("hello")
    others = [visitor.tab().connected() for _ in range(7)]  # the seventh could not load if each had its own
    assert streams(chat) == before + 1
    inbox.open(leader)
    inbox.reply("good morning")
    for tab in (leader, *others):
        tab.shows("hello", "good morning")
    leader.page.close()
    inbox.reply("still there?")
    for tab in others:
        tab.shows("hello", "good morning", "still there?")
    services.wait_for(lambda: streams(chat) == before + 1, "one stream")
