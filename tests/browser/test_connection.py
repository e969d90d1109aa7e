"""The network goes and comes, the server too: what is written is kept, and everything is caught up on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser.people import Inbox, Visitor
from tests.browser.sites import Shop


@pytest.fixture
def own_shop(own_chat: services.ChatServer) -> Iterator[Shop]:
    with services.closing(Shop(own_chat.url)) as shop:
        yield shop


def test_what_is_written_offline_is_kept_and_sent_in_order_when_the_connection_is_back(
    visitor: Visitor, inbox: Inbox
) -> None:
    tab = visitor.tab().open()
    tab.send("online")
    tab.shows("online")
    inbox.open(tab)
    visitor.context.set_offline(True)
    for text in ("first", "second", "third"):
        tab.send(text)
    expect(tab.popup.get_by_test_id("connection")).to_have_attribute("data-state", "offline")
    waiting = tab.popup.locator("[data-testid=message][data-status=sending]")
    expect(waiting).to_have_count(3)
    # Shown once, under the last of them, and in agreement with the line at the top: nothing has gone wrong.
    expect(tab.popup.get_by_text("Waiting for the connection").filter(visible=True)).to_have_count(1)
    expect(tab.popup.get_by_text("Not sent")).to_have_count(0)
    inbox.reply("are you still there?")
    inbox.shows("online", "are you still there?")
    visitor.context.set_offline(False)
    inbox.shows("online", "are you still there?", "first", "second", "third")
    tab.shows("online", "are you still there?", "first", "second", "third")


def test_what_is_written_offline_survives_the_page(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("online")
    tab.shows("online")
    visitor.context.set_offline(True)
    tab.send("kept")
    expect(tab.popup.get_by_text("Waiting for the connection").filter(visible=True)).to_have_count(1)
    tab.page.close()
    visitor.context.set_offline(False)
    again = visitor.tab().connected()
    again.shows("online", "kept")
    inbox.open(again)
    inbox.shows("online", "kept")


def test_a_message_that_cannot_leave_says_so_and_leaves_when_the_server_is_back(
    own_chat: services.ChatServer, own_shop: Shop, new_visitor: Callable[..., Visitor]
) -> None:
    tab = new_visitor(own_shop).tab().open()
    own_chat.stop()
    tab.send("is anybody there?")
    message = tab.popup.locator("[data-testid=message]", has_text="is anybody there?")
    expect(tab.popup.get_by_test_id("connection")).to_have_attribute("data-state", "offline")
    expect(message).to_have_attribute("data-status", "sending")
    expect(message).to_contain_text("Waiting for the connection")
    own_chat.start()
    tab.shows("is anybody there?")


def test_messages_that_a_busy_server_refused_are_sent_again_in_order_without_anybody_doing_anything(
    visitor: Visitor,
) -> None:
    tab = visitor.tab().open()
    busy = '{"error": "unavailable", "reason": "There is too much to do at the moment; please try again."}'
    visitor.context.route(
        "**/messages",
        lambda route: route.fulfill(
            status=503, headers={"Retry-After": "1"}, body=busy, content_type="application/json"
        ),
        times=1,
    )
    tab.send("first")
    expect(tab.popup.get_by_text("Not sent: the server is not available.")).to_have_count(1)
    tab.send("second")
    tab.shows("first", "second")
    expect(tab.popup.locator("[data-testid=message][data-status=failed]")).to_have_count(0)


def test_a_message_that_was_not_accepted_gives_the_reason_and_can_be_sent_again(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    refusal = '{"error": "unprocessable", "reason": "That is not possible."}'
    visitor.context.route(
        "**/messages", lambda route: route.fulfill(status=422, body=refusal, content_type="application/json")
    )
    tab.send("once more")
    message = tab.popup.locator("[data-testid=message]", has_text="once more")
    expect(message).to_have_attribute("data-status", "failed")
    expect(message).to_contain_text("That is not possible.")
    visitor.context.unroute("**/messages")
    message.get_by_role("button", name="Try again").click()
    tab.shows("once more")


def test_a_refused_message_gives_the_reason_and_does_not_hold_up_the_next(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.send("fine")
    tab.shows("fine")
    reason = '{"error": "unprocessable", "reason": "This cannot be taken."}'
    visitor.context.route(
        "**/messages",
        lambda route: route.fulfill(status=422, body=reason, content_type="application/json"),
        times=1,
    )
    tab.send("not fine")
    tab.send("fine again")
    refused = tab.popup.locator("[data-testid=message][data-status=failed]")
    expect(refused).to_contain_text("This cannot be taken.")
    expect(tab.popup.locator("[data-testid=message][data-status=sent]", has_text="fine again")).to_have_count(1)
    refused.get_by_role("button", name="Discard").click()
    tab.shows("fine", "fine again")


def test_a_restart_of_the_server_under_the_tabs_loses_nothing(
    own_chat: services.ChatServer,
    own_shop: Shop,
    new_visitor: Callable[..., Visitor],
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]],
) -> None:
    visitor = new_visitor(own_shop)
    inbox = new_inbox(own_chat)()
    tabs = [visitor.tab().open(), visitor.tab()]
    tabs[0].send("before")
    tabs[1].shows("before")
    inbox.open(tabs[0])
    for crash in (False, True):
        own_chat.kill() if crash else own_chat.stop()
        for tab in tabs:
            expect(tab.popup.get_by_test_id("connection")).not_to_have_attribute("data-state", "online")
        own_chat.start()
        inbox.reply(f"after a {'crash' if crash else 'restart'}")
    for tab in tabs:
        tab.shows("before", "after a restart", "after a crash")
    tabs[1].send("good")
    inbox.shows("before", "after a restart", "after a crash", "good")


def test_a_redis_that_loses_everything_costs_the_tabs_nothing(
    redis_server: services.RedisServer, visitor: Visitor, inbox: Inbox, chat: services.ChatServer
) -> None:
    import redis

    tabs = [visitor.tab().open(), visitor.tab()]
    tabs[0].send("before")
    tabs[1].shows("before")
    inbox.open(tabs[0])
    client = redis.Redis.from_url(chat.environ["REDIS_URL"])
    client.flushdb()
    client.client_kill_filter(_type="pubsub")
    inbox.reply("after")
    for tab in tabs:
        tab.shows("before", "after")
    inbox.shows("before", "after")
