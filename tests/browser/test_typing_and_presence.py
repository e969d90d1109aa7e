"""Who is writing, and who is here: told to every tab of the other side, and gone when it is not true any more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Request, expect
from redis import Redis

from tests import services
from tests.browser.people import ChatPage, Guest, Inbox, Tab, Visitor
from widget.realtime.events import Event
from widget.realtime.log import Entry, Log

OpenInbox = Callable[[], Inbox]


def two_sides(visitor: Visitor, open_inbox: OpenInbox) -> tuple[list[Tab], list[Inbox]]:
    """Two tabs each of a visitor and an agent, with their conversation."""
    one = visitor.tab().open()
    one.send("hello")
    one.shows("hello")
    inboxes = [open_inbox(), open_inbox()]
    for inbox in inboxes:
        inbox.open(one)
    return [one, visitor.tab().connected()], inboxes


def write(chat_page: ChatPage, text: str) -> None:
    """Type without sending."""
    chat_page.composer.press_sequentially(text)


def test_both_tabs_of_the_other_side_see_who_is_typing_until_the_message_is_there(
    visitor: Visitor, open_inbox: OpenInbox
) -> None:
    tabs, inboxes = two_sides(visitor, open_inbox)
    agent = inboxes[0].page.locator("body").get_attribute("data-name")
    write(inboxes[0], "good mor")
    for tab in tabs:
        expect(tab.typing).to_have_text(f"{agent} is typing…")
    expect(inboxes[1].typing).not_to_be_visible()  # one's own writing is no news
    inboxes[0].reply("good morning")
    for tab in tabs:
        tab.shows("hello", "good morning")
        expect(tab.typing).not_to_be_visible()
    write(tabs[1], "good mor")
    for inbox in inboxes:
        expect(inbox.typing).to_have_text(f"{tabs[1].name} is typing…")
    tabs[1].composer.press("Enter")
    for inbox in inboxes:
        inbox.shows("hello", "good morning", "good mor")
        expect(inbox.typing).not_to_be_visible()


def test_typing_is_told_once_in_three_seconds_and_believed_for_six(visitor: Visitor, open_inbox: OpenInbox) -> None:
    tabs, inboxes = two_sides(visitor, open_inbox)
    requests: list[float] = []

    def note(request: Request) -> None:
        if request.url.endswith("/typing"):
            requests.append(time.monotonic())

    visitor.context.on("request", note)
    give_up = time.monotonic() + services.PATIENCE
    while len(requests) < 2 and time.monotonic() < give_up:
        tabs[0].composer.press_sequentially("on and ", delay=30)
    for inbox in inboxes:
        expect(inbox.typing).to_be_visible()
    assert len(requests) == 2
    assert requests[1] - requests[0] > 2.5
    for inbox in inboxes:
        expect(inbox.typing).not_to_be_visible(timeout=9_000)
    assert 4 < time.monotonic() - requests[1] < 9
    assert len(requests) == 2
    tabs[0].composer.fill("")  # nothing is written any more
    tabs[0].send("I am done")
    inboxes[0].shows("hello", "I am done")
    assert len(requests) == 3


def test_who_goes_on_writing_after_a_message_is_seen_typing_again_at_once(
    visitor: Visitor, open_inbox: OpenInbox
) -> None:
    (tab, _), (inbox, _) = two_sides(visitor, open_inbox)
    with tab.page.expect_request("**/typing"):
        tab.send("One thing first")
    inbox.shows("hello", "One thing first")
    with tab.page.expect_request("**/typing", timeout=2_000):
        write(tab, "and")
    expect(inbox.typing).to_be_visible()


def test_nobody_seems_to_be_writing_what_is_there_already(
    visitor: Visitor, open_inbox: OpenInbox, chat: services.ChatServer
) -> None:
    (tab, _), (inbox, _) = two_sides(visitor, open_inbox)
    inbox.reply("good morning")
    tab.shows("hello", "good morning")
    message = tab.message("good morning")
    where, agent, sent_at = (
        message.get_attribute("data-conversation"),
        message.get_attribute("data-sender"),
        message.locator("time").get_attribute("datetime"),
    )
    listener = str(tab.message("hello").get_attribute("data-sender"))

    def typing(user: str | None, at: str | None, name: str) -> Entry:
        fragment = f'<span data-conversation="{where}" data-user="{user}" data-at="{at}">{name}</span>'
        return Entry(listener, Event(fragment, type="typing", fleeting=True).encode(), fleeting=True)

    with Redis.from_url(chat.environ["REDIS_URL"]) as redis:  # as another process that was late with the one
        Log(redis).append([typing(agent, sent_at, "Too late"), typing("f" * 16, "9999", "Ben")])
    expect(tab.typing).to_contain_text("Ben")
    assert "Too late" not in tab.typing.inner_text()


def test_in_a_group_several_are_typing_and_only_there(visitor: Visitor, guest: Guest, open_inbox: OpenInbox) -> None:
    tabs, inboxes = two_sides(visitor, open_inbox)
    ben, _ = guest.joins(tabs[0].invite(), "Ben")
    write(ben, "I")
    for chat_page in (*tabs, *inboxes):
        expect(chat_page.typing).to_have_text("Ben is typing…")
    write(inboxes[0], "We")
    for tab in tabs:
        expect(tab.typing).to_have_text(re.compile("^Ben and .* are typing…$"))
    expect(inboxes[1].typing).to_have_text("Ben is typing…")
    ben.talk_alone()
    expect(ben.typing).not_to_be_visible()


def test_visitor_and_agent_see_each_other_come_and_go(visitor: Visitor, open_inbox: OpenInbox) -> None:
    one = visitor.tab().open()
    one.send("hello")
    one.shows("hello")
    two = visitor.tab().connected()
    for tab in (one, two):
        expect(tab.heading.locator("[data-online]")).to_have_attribute("data-online", "false", timeout=10_000)
    inbox, other = open_inbox(), open_inbox()
    for tab in (one, two):
        expect(tab.heading).to_contain_text("Online")
    for it in (inbox, other):
        it.open(one)
        expect(it.heading).to_contain_text("Online")
    two.page.close()
    one.page.goto(f"{visitor.shop}/about")  # a page of the same shop: nobody has gone
    one.connected()
    inbox.send("still here?")
    one.shows("hello", "still here?")
    for it in (inbox, other):
        expect(it.heading).to_contain_text("Online")
    one.page.close()
    for it in (inbox, other):
        expect(it.heading).to_contain_text("Last seen now", timeout=12_000)
    back = visitor.tab().connected()
    for it in (inbox, other):
        expect(it.heading).to_contain_text("Online")
    inbox.page.close()
    expect(back.heading).to_contain_text("Online")
    other.page.close()
    expect(back.heading).not_to_contain_text("Online", timeout=12_000)
