"""Without a mouse: what can be reached, what Escape closes, and where the focus is."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests import services
from tests.browser.pages import more
from tests.browser.people import ChatPage, Tab, Visitor


def test_escape_closes_the_sheet_then_what_one_is_about_and_then_the_popup(chat_pages: list[ChatPage]) -> None:
    tab = chat_pages[0]
    assert isinstance(tab, Tab)
    keys = tab.page.keyboard
    tab.menu("good morning").get_by_role("button", name="Reply").click()
    about = tab.document.locator("#composer-context")
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


def test_escape_closes_the_emoji_picker_and_not_the_sheet_below_it(chat_pages: list[ChatPage]) -> None:
    for chat_page in chat_pages:
        chat_page.menu("good morning" if isinstance(chat_page, Tab) else "hello")
        chat_page.sheet.get_by_role("button", name="Another emoji").click()
        expect(chat_page.document.get_by_label("Search emoji")).to_be_focused()
        chat_page.page.keyboard.press("Escape")
        expect(chat_page.document.get_by_label("Search emoji")).to_have_count(0)
        expect(chat_page.sheet).to_be_visible()
        chat_page.page.keyboard.press("Escape")
        expect(chat_page.sheet).not_to_be_visible()


def test_the_focus_goes_back_to_what_has_opened_the_sheet(chat_pages: list[ChatPage]) -> None:
    for chat_page in chat_pages:
        chat_page.bring_to_front()
        openers = [
            more(chat_page, "hello"),
            chat_page.document.get_by_test_id("about"),
        ]
        for opener in openers:
            opener.focus()
            opener.press("Enter")
            expect(chat_page.sheet).to_be_visible()
            chat_page.page.keyboard.press("Escape")
            expect(chat_page.sheet).not_to_be_visible()
            expect(opener).to_be_focused()


def test_what_is_opened_right_after_escape_stays_open(chat_pages: list[ChatPage]) -> None:
    """The browser tells of the sheet's end only when both keys have been pressed, and whatever came of them."""
    for chat_page in chat_pages:
        chat_page.bring_to_front()
        chat_page.menu("hello")
        about = chat_page.document.get_by_test_id("about")
        about.evaluate("(it) => { document.getElementById('sheet').close(); it.click() }")
        expect(chat_page.sheet.locator("#sheet-title")).to_be_visible()
        told = "new Promise((told) => setTimeout(told))"  # the event that was due before has been
        chat_page.sheet.evaluate(f"() => {told}")
        expect(chat_page.sheet.locator("#sheet-title")).to_be_visible()
        chat_page.page.keyboard.press("Escape")
        expect(chat_page.sheet).not_to_be_visible()


def test_everything_can_be_done_with_the_keyboard(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    keys = tab.page.keyboard
    tab.bring_to_front()
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


def test_a_sheet_that_was_closed_stays_closed_when_its_answer_comes_late(
    chat_pages: list[ChatPage], visitor: Visitor
) -> None:
    tab, inbox = chat_pages
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


def test_a_list_entry_keeps_the_focus_when_it_moves(
    chat_pages: list[ChatPage], new_visitor: Callable[..., Visitor]
) -> None:
    tab, inbox = chat_pages
    assert isinstance(tab, Tab)
    other = new_visitor().tab().open()
    other.send("I come second")
    expect(inbox.entries.first).to_contain_text("I come second")
    link = inbox.entry(tab.name).get_by_role("link")
    inbox.entries.first.get_by_role("link").focus()
    inbox.page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    expect(inbox.page.locator("#list a[tabindex='0']")).to_have_count(1)  # Tab does not pass every row
    tab.send("and now I am first")
    expect(inbox.entries.first).to_contain_text("and now I am first")
    expect(link).to_be_focused()


def test_the_row_of_conversations_is_one_stop_of_the_tab_key(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    for title in ("First", "Second"):
        tab.new_group(title)
    stops = tab.document.locator("#list a[tabindex='0']")
    for again in (False, True):
        if again:  # as it comes with the page
            tab.page.reload()
            tab.connected()
        expect(tab.document.locator("#list a")).to_have_count(3)
        expect(stops).to_have_count(1)
        expect(stops).to_have_attribute("aria-current", "")
        tab.bring_to_front()
        stops.focus()
        tab.page.keyboard.press("ArrowRight")
        expect(tab.document.locator("#list > :nth-child(2) a")).to_be_focused()
        expect(stops).to_have_count(1)
        tab.page.keyboard.press("ArrowLeft")
        tab.page.keyboard.press("ArrowLeft")  # there is none before the first
        expect(tab.document.locator("#list > :nth-child(1) a")).to_be_focused()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    expect(tab.document.get_by_role("heading", name="First")).to_be_visible()
    expect(stops).to_have_attribute("aria-current", "")
