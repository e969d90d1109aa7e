"""The first moments of the popup: how little is loaded, how early one can write, what comes only when it is used."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Request, Response, Route, expect

from tests import services
from tests.browser.people import Tab, Visitor

KIB = 1024
POPUP_KIB = 34.0
"""All that the popup loads before a feature of it is used, each file by itself under gzip -9."""
LOADER_KIB = 4.0


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    return whole_browser


def note_requests(page: Page, chat: services.ChatServer) -> list[str]:
    """The paths that the page's tabs ask the chat for, from now on; what a visitor's browser tells later is not among
    them (PATCH)."""
    paths: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(chat.url) and request.method != "PATCH":
            paths.append(request.url.removeprefix(chat.url).partition("?")[0])

    page.on("request", note)
    return paths


def closed_tab(visitor: Visitor) -> Tab:
    tab = visitor.tab()
    expect(tab.launcher).to_be_visible()
    return tab


def test_before_a_feature_is_used_the_popup_weighs_no_more_than_its_budget(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    answers: dict[str, Response] = {}
    page = visitor.context.new_page()
    page.on("response", lambda it: answers.setdefault(it.url, it))
    tab = Tab(page, visitor.shop).open()
    tab.composer.fill("ready")
    # Nothing comes later by itself either: this is not a race that loads more after it is measured.
    tab.popup.locator("body").evaluate("() => new Promise((done) => requestIdleCallback(done))")
    sizes = {
        url.removeprefix(chat.url): len(gzip.compress(it.body(), 9)) / KIB
        for url, it in list(answers.items())
        if url.startswith(chat.url) and "/w/" not in url
    }
    assert sizes.pop("/widget.js") <= LOADER_KIB
    assert sum(sizes.values()) <= POPUP_KIB, sizes


def test_what_is_written_before_there_is_a_session_is_sent_once(visitor: Visitor) -> None:
    tab = closed_tab(visitor)
    held: list[Route] = []
    visitor.context.route("**/w/session", lambda route: held.append(route))
    tab.launcher.click()
    tab.send("I could not wait")
    tab.send("at all")
    tab.composer.fill("and anoth")
    expect(tab.messages).to_have_count(0)
    held[0].continue_()
    visitor.context.unroute("**/w/session")
    tab.shows("I could not wait", "at all")
    expect(tab.composer).to_have_value("and anoth")
    tab.page.reload()
    tab.connected().shows("I could not wait", "at all")
    expect(tab.composer).to_have_value("and anoth")


@pytest.mark.parametrize("come_near", [lambda it: it.hover(), lambda it: it.focus()], ids=["pointer", "keyboard"])
def test_the_popup_gets_ready_when_one_comes_near_and_tells_the_server_nothing_before_it_is_opened(
    visitor: Visitor, chat: services.ChatServer, come_near: Callable[..., None]
) -> None:
    tab = closed_tab(visitor)
    paths = note_requests(tab.page, chat)
    come_near(tab.launcher)
    expect(tab.composer).to_be_editable()
    expect(tab.frame).not_to_be_visible()
    tab.popup.locator("body").evaluate("() => new Promise((done) => requestIdleCallback(done))")
    assert "/popup" in paths
    assert not [it for it in paths if it.startswith("/w/")]
    assert tab.page.evaluate("() => localStorage.length") == 0
    tab.launcher.press("Enter")
    tab.connected()
    expect(tab.composer).to_be_focused()
    tab.send("here I am")
    tab.shows("here I am")
    assert paths.count("/w/session") == 1


@pytest.mark.parametrize("lost", ["core/sheet.js", "css/sheet.css"])
def test_a_part_that_could_not_be_loaded_is_loaded_at_the_next_try(visitor: Visitor, lost: str) -> None:
    tab = visitor.tab().open()
    visitor.context.route(f"**/{lost}", lambda route: route.abort())
    tab.popup.get_by_test_id("about").click()
    if lost.endswith(".js"):
        expect(tab.popup.get_by_role("alert").first).to_have_text("This could not be loaded. Please try again.")
        expect(tab.sheet).not_to_be_visible()
    else:
        expect(tab.sheet).to_be_visible()
        tab.close_sheet()
    visitor.context.unroute(f"**/{lost}")
    tab.popup.get_by_test_id("about").click()
    expect(tab.popup.get_by_test_id("group-members")).to_be_visible()
    expect(tab.popup.locator("link[href$='css/sheet.css']")).to_have_count(1)


def test_the_first_message_leaves_although_what_brings_it_could_not_be_loaded_at_once(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    visitor.context.route("**/composer/delivery.js", lambda route: route.abort())
    tab.send("out of a tunnel")
    expect(tab.message("out of a tunnel")).to_have_attribute("data-status", "failed")
    visitor.context.unroute("**/composer/delivery.js")
    tab.popup.get_by_role("button", name="Try again").click()
    tab.shows("out of a tunnel")
