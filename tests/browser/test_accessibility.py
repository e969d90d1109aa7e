"""Without a mouse: what Escape closes, where the focus is, and what is told to those who hear the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests import services
from tests.browser.people import Inbox, Room, Tab, Visitor


@pytest.fixture
def rooms(visitor: Visitor, inbox: Inbox) -> list[Room]:
    """A visitor and an agent who have both said something."""
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    for room in (tab, inbox):
        room.shows("hello", "good morning")
    return [tab, inbox]


def more(room: Room, text: str) -> Locator:
    return room.message(text).get_by_role("button", name="What to do with this message")


def test_escape_closes_the_sheet_then_what_one_is_about_and_then_the_popup(rooms: list[Room]) -> None:
    tab = rooms[0]
    assert isinstance(tab, Tab)
    keys = tab.page.keyboard
    tab.menu("good morning").get_by_role("button", name="Reply").click()
    about = tab.inside.locator("#composer-context")
    expect(about).to_contain_text("good morning")
    tab.about()
    keys.press("Escape")
    expect(tab.sheet).not_to_be_visible()
    expect(about).to_be_visible()
    expect(tab.frame).to_be_visible()
    tab.composer.focus()
    keys.press("Escape")
    expect(about).not_to_be_visible()
    expect(tab.frame).to_be_visible()
    keys.press("Escape")
    expect(tab.frame).not_to_be_visible()
    expect(tab.launcher).to_be_focused()


def test_escape_closes_the_emoji_picker_and_not_the_sheet_below_it(rooms: list[Room]) -> None:
    for room in rooms:
        room.menu("good morning" if isinstance(room, Tab) else "hello")
        room.sheet.get_by_role("button", name="Another emoji").click()
        expect(room.inside.get_by_label("Search emoji")).to_be_focused()
        room.page.keyboard.press("Escape")
        expect(room.inside.get_by_label("Search emoji")).to_have_count(0)
        expect(room.sheet).to_be_visible()
        room.page.keyboard.press("Escape")
        expect(room.sheet).not_to_be_visible()


def test_the_focus_goes_back_to_what_has_opened_the_sheet(rooms: list[Room]) -> None:
    for room in rooms:
        room.come_forward()
        openers = [
            more(room, "hello"),
            room.inside.get_by_test_id("about"),
            room.inside.locator("#head").get_by_test_id("search"),
        ]
        for opener in openers:
            opener.focus()
            opener.press("Enter")
            expect(room.sheet).to_be_visible()
            room.page.keyboard.press("Escape")
            expect(room.sheet).not_to_be_visible()
            expect(opener).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(rooms: list[Room]) -> None:
    tab, inbox = rooms
    keys = tab.page.keyboard
    tab.come_forward()
    tab.composer.focus()
    for _ in range(12):  # from the composer back to the last message's menu
        keys.press("Shift+Tab")
        if more(tab, "good morning").evaluate("(it) => it === document.activeElement"):
            break
    expect(more(tab, "good morning")).to_be_focused()
    keys.press("Enter")
    expect(tab.sheet.get_by_role("heading", name="Message")).to_be_visible()
    for _ in range(12):
        keys.press("Tab")
        if tab.sheet.get_by_role("button", name="Reply").evaluate("(it) => it === document.activeElement"):
            break
    keys.press("Enter")
    expect(tab.composer).to_be_focused()
    keys.type("and to you")
    keys.press("Enter")
    expect(inbox.message("and to you").locator(".quote span")).to_have_text("good morning")


def test_the_bubble_says_how_much_is_unread(rooms: list[Room], visitor: Visitor) -> None:
    tab, inbox = rooms
    assert isinstance(tab, Tab)
    tab.close_popup()
    inbox.send("one")
    inbox.send("two")
    expect(tab.badge).to_have_text("2")
    expect(tab.launcher).to_have_accessible_name("Open Millrace Pottery, 2 unread")


def test_a_sheet_that_was_closed_stays_closed_when_its_answer_comes_late(rooms: list[Room], visitor: Visitor) -> None:
    tab, inbox = rooms
    title = f"Late news {uuid.uuid4().hex[:6]}"
    tab.new_group(title)
    other = visitor.tab().connected()
    other.choose(title)
    other.about()
    held: list[Route] = []
    visitor.context.route("**/about", lambda route: held.append(route))
    # What is changed elsewhere is fetched anew for the sheet that is open.
    inbox.choose(title)
    inbox.rename(f"Later {title}")
    expect(other.heading).to_contain_text(f"Later {title}")
    services.wait_for(lambda: other.page.evaluate("() => true") and held, "the sheet's request")
    other.close_sheet()
    with other.page.expect_response("**/about"):
        held[0].continue_()
    other.send("nothing is in the way")
    expect(inbox.message("nothing is in the way")).to_be_visible()
    expect(other.sheet).not_to_be_visible()


def test_a_list_entry_keeps_the_focus_when_it_moves(rooms: list[Room], new_visitor: Callable[..., Visitor]) -> None:
    tab, inbox = rooms
    assert isinstance(tab, Tab)
    other = new_visitor().tab().open()
    other.send("I come second")
    expect(inbox.entries.first).to_contain_text("I come second")
    link = inbox.entry(tab.name).get_by_role("link")
    link.focus()
    tab.send("and now I am first")
    expect(inbox.entries.first).to_contain_text("and now I am first")
    expect(link).to_be_focused()
