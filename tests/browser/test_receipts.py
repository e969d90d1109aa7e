"""Receipts: ticks tell how far a message has got, and only what somebody has seen is read."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests import api, services
from tests.browser.people import Guest, Inbox, Tab, Visitor

OpenInbox = Callable[[], Inbox]


def two_tabs(visitor: Visitor, message: str = "hello") -> tuple[Tab, Tab]:
    """Two tabs of a visitor who has written, so that there is a conversation for the agents."""
    one = visitor.tab().open()
    one.send(message)
    one.shows(message)
    two = visitor.tab().connected()
    two.shows(message)
    return one, two


def conversation_of(tab: Tab, agent: api.Person) -> str:
    """The id of a visitor's conversation."""
    return next(str(it["id"]) for it in agent.conversations() if it["title"] == tab.name)


def quiet(read: Callable[[], object], agent: api.Person, conversation: str, tab: Tab) -> None:
    """Something is as it is, also after everything that is on its way has arrived."""
    before = read()
    agent.send("a mark that comes later", conversation)
    expect(tab.message("a mark that comes later")).to_be_attached()
    assert read() == before


def test_ticks_go_from_sending_to_read_in_every_tab_of_the_sender(visitor: Visitor, open_inbox: OpenInbox) -> None:
    one, two = two_tabs(visitor)
    held: list[Route] = []
    visitor.context.route("**/messages", lambda route: held.append(route))
    one.send("how far have I got?")
    for tab in (one, two):
        tab.has_status("how far have I got?", "sending")
        expect(tab.ticks("how far have I got?")).to_have_accessible_name("Sending")
    assert len(held) == 1
    held[0].continue_()
    visitor.context.unroute("**/messages")
    for tab in (one, two):
        tab.has_status("how far have I got?", "sent")
        expect(tab.ticks("how far have I got?")).to_have_accessible_name("Sent")
    # The agent's inbox shows the list: it has the message, and nobody has looked at it.
    inbox = open_inbox()
    one.send("and I?")
    for tab in (one, two):
        tab.has_status("and I?", "delivered")
        expect(tab.ticks("and I?")).to_have_accessible_name("Delivered")
    expect(inbox.entry(one.name).get_by_test_id("unread")).to_have_text("3")
    inbox.open(one)
    for tab in (one, two):
        for text in ("hello", "how far have I got?", "and I?"):
            tab.has_status(text, "read")
        expect(tab.ticks("and I?")).to_have_accessible_name("Read")


def test_an_agents_message_goes_from_sent_to_read_in_both_tabs_of_theirs(
    visitor: Visitor, open_inbox: OpenInbox
) -> None:
    one, two = two_tabs(visitor)
    one.close_popup()
    inboxes = (open_inbox(), open_inbox())
    for inbox in inboxes:
        inbox.choose(one.name)
    inboxes[0].reply("are you there?")
    for inbox in inboxes:
        inbox.has_status("are you there?", "delivered")
    two.launcher.click()
    for inbox in inboxes:
        inbox.has_status("are you there?", "read")
    one.page.close()
    two.page.close()
    inboxes[1].reply("and now?")
    for inbox in inboxes:
        inbox.has_status("and now?", "sent")


def test_nothing_is_read_in_a_tab_that_nobody_looks_at(visitor: Visitor, open_inbox: OpenInbox) -> None:
    one, two = two_tabs(visitor)
    inbox = open_inbox()
    inbox.open(one)
    for tab in (one, two):
        tab.has_status("hello", "read")
    inbox.blur()
    expect(inbox.entry(one.name).get_by_test_id("unread")).to_have_count(0)
    elsewhere = sum(int(it) for it in inbox.page.get_by_test_id("unread").all_inner_texts())
    one.send("look at me")
    inbox.shows("hello", "look at me")
    for tab in (one, two):
        tab.has_status("look at me", "delivered")
    expect(inbox.entry(one.name).get_by_test_id("unread")).to_have_text("1")
    expect(inbox.page).to_have_title(unread(elsewhere + 1))
    inbox.focus()
    for tab in (one, two):
        tab.has_status("look at me", "read")
    expect(inbox.entry(one.name).get_by_test_id("unread")).to_have_count(0)
    expect(inbox.page).to_have_title(unread(elsewhere) if elsewhere else "Inbox · Support")


def unread(count: int) -> re.Pattern[str]:
    """The title of a page with so many unread messages."""
    return re.compile(rf"^\({count}\) ")


def test_nothing_is_read_while_the_visitor_looks_at_another_window(visitor: Visitor, inbox: Inbox) -> None:
    one, two = two_tabs(visitor)
    for tab in (one, two):
        tab.blur()
    inbox.open(one)
    inbox.reply("anybody here?")
    for tab in (one, two):
        tab.shows("hello", "anybody here?")
        expect(tab.page).to_have_title(unread(1))
    inbox.has_status("anybody here?", "delivered")
    two.focus()
    inbox.has_status("anybody here?", "read")
    for tab in (one, two):
        expect(tab.page).not_to_have_title(unread(1))


def test_nothing_is_read_in_a_closed_popup_and_opening_it_in_one_tab_clears_all(visitor: Visitor, inbox: Inbox) -> None:
    one, two = two_tabs(visitor)
    one.close_popup()
    expect(two.frame).not_to_be_visible()
    inbox.open(one)
    inbox.reply("one")
    inbox.reply("two")
    for tab in (one, two):
        expect(tab.badge).to_have_text("2")
        expect(tab.page).to_have_title(unread(2))
    inbox.has_status("two", "delivered")
    two.launcher.click()
    for tab in (one, two):
        expect(tab.badge).to_have_count(0)
        expect(tab.page).not_to_have_title(unread(2))
    inbox.has_status("one", "read")
    inbox.has_status("two", "read")


def test_a_message_below_what_is_on_the_screen_is_not_read(visitor: Visitor, chat: services.ChatServer) -> None:
    one, two = two_tabs(visitor)
    agent = api.agent(chat)
    conversation = conversation_of(one, agent)
    for number in range(30):
        agent.send(f"answer {number}", conversation)
    expect(one.message("answer 29")).to_be_in_viewport()
    two.page.close()
    one.messages.first.scroll_into_view_if_needed()
    expect(one.message("answer 29")).not_to_be_in_viewport()
    agent.send("below", conversation)
    expect(one.document.get_by_role("button", name="1 new")).to_be_visible()
    services.wait_for(lambda: status_of(agent, conversation, "below") == "delivered", "the delivery")
    assert status_of(agent, conversation, "answer 29") == "read"
    quiet(lambda: status_of(agent, conversation, "below"), agent, conversation, one)
    one.document.get_by_role("button", name="2 new").click()
    services.wait_for(lambda: status_of(agent, conversation, "below") == "read", "the reading")


def status_of(agent: api.Person, conversation: str, text: str) -> str:
    return next(str(it["status"]) for it in agent.history(conversation) if it["body"] == text)


def test_in_a_group_a_message_is_read_when_all_have_and_the_ticks_tell_who(
    visitor: Visitor, guest: Guest, open_inbox: OpenInbox
) -> None:
    one, two = two_tabs(visitor)
    ben, ben_too = guest.joins(one.invite(), "Ben")
    for it in (ben, ben_too):
        it.blur()
    inbox = open_inbox()
    inbox.choose(f"{one.name}, Ben")
    one.send("both of you")
    expect(ben.message("both of you")).to_be_visible()
    one.ticks("both of you").click()
    people = one.sheet.get_by_test_id("receipts").get_by_role("listitem")
    expect(people).to_have_count(2)
    expect(people.filter(has_text="Ben")).to_contain_text("Delivered")
    for tab in (one, two):
        tab.has_status("both of you", "delivered")
    one.close_sheet()
    ben_too.focus()
    for tab in (one, two):
        tab.has_status("both of you", "read")
    two.menu("both of you").get_by_role("button", name="Who has read it").click()
    expect(two.sheet.get_by_test_id("receipts").get_by_text("Read", exact=True)).to_have_count(2)
