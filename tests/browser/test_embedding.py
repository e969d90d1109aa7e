"""The one tag on a foreign page: what it does, what it leaves alone, and what pages do to it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests import api, services
from tests.browser.people import Tab, Visitor
from tests.browser.sites import Shop, Site


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    return whole_browser


@pytest.fixture
def page_with(visitor: Visitor, chat: services.ChatServer) -> Iterator[Callable[[str], Page]]:
    """Opens a page of a site of its own, with this source; SCRIPT stands for the tag."""
    with contextlib.ExitStack() as sites:

        def open_page(html: str) -> Page:
            tag = f'<script src="{chat.url}/widget.js" data-name="Ann &amp; Co" async></script>'
            site = sites.enter_context(services.closing(Site(html.replace("SCRIPT", tag))))
            page = visitor.context.new_page()
            page.goto(site.url)
            return page

        yield open_page


def test_before_the_first_click_nothing_is_stored_and_only_the_loader_is_loaded(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    page = visitor.context.new_page()
    requests: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(chat.url):
            requests.append(request.url)

    visitor.context.on("request", note)
    page.goto(visitor.shop)
    expect(page.get_by_test_id("launcher")).to_be_visible()
    page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    assert requests == [f"{chat.url}/widget.js"]
    stored = "() => [localStorage.length, sessionStorage.length, document.cookie]"
    assert page.evaluate(stored) == [0, 0, ""]
    assert visitor.context.cookies() == []
    Tab.open(tab := Tab(page, visitor.shop))
    tab.send("now I want to")
    tab.shows("now I want to")
    assert page.evaluate(stored) == [1, 0, ""]
    assert visitor.context.cookies() == []


def test_who_has_chatted_before_sees_unread_messages_without_a_click(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    tab.launcher.click()
    tab.page.close()
    agent = api.agent(chat)
    theirs = next(it for it in agent.conversations() if it["last"]["body"] == "hello")
    agent.send("welcome back", theirs["id"])
    again = visitor.tab()
    expect(again.page.locator("[data-testid=launcher] [data-testid=unread]")).to_have_text("1")
    expect(again.frame).not_to_be_visible()


def test_the_tag_works_twice_before_the_body_and_under_a_strict_policy(
    page_with: Callable[[str], Page], chat: services.ChatServer
) -> None:
    policy = f"default-src 'none'; script-src {chat.url}; frame-src {chat.url}"
    page = page_with(
        f'<html><head><meta http-equiv="Content-Security-Policy" content="{policy}">SCRIPT SCRIPT</head><body>Hi',
    )
    expect(page.get_by_test_id("launcher")).to_have_count(1)
    page.get_by_test_id("launcher").click()
    popup = page.frame_locator("[data-testid=popup]")
    expect(popup.get_by_role("heading", name="Ann & Co")).to_be_visible()
    expect(page.get_by_test_id("popup")).to_have_css("transform", "none")  # it has grown from the bubble
    box = page.get_by_test_id("popup").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(384, abs=1)


def test_a_page_that_swaps_its_body_keeps_the_popup_as_it_is(page_with: Callable[[str], Page]) -> None:
    page = page_with("<html><body>one SCRIPT</body></html>")
    page.get_by_test_id("launcher").click()
    composer = page.frame_locator("[data-testid=popup]").get_by_test_id("composer")
    composer.fill("half a sent")
    page.evaluate("() => document.documentElement.replaceChild(document.createElement('body'), document.body)")
    expect(composer).to_have_value("half a sent")
    expect(page.get_by_test_id("launcher")).to_be_visible()
    page.evaluate("() => document.documentElement.replaceChildren(document.createElement('body'))")
    expect(page.get_by_test_id("launcher")).to_be_visible()


def test_calls_made_before_the_script_is_there_are_carried_out(page_with: Callable[[str], Page]) -> None:
    early = (
        "<script>window.heard = []; window.ChatPopup = window.ChatPopup || [];"
        "for (const name of ['ready', 'open', 'message', 'close'])"
        " ChatPopup.push(['on', name, (detail) => heard.push([name, detail && detail.body])]);"
        "addEventListener('chatpopup:open', () => heard.push('window'));"
        "ChatPopup.push(['send', 'from the page']); ChatPopup.push(['open']);</script>"
    )
    page = page_with(f"<html><body>{early} SCRIPT</body></html>")
    popup = page.frame_locator("[data-testid=popup]")
    expect(popup.get_by_test_id("message")).to_have_attribute("data-status", "sent")
    # The answer to the POST may be here before the stream has told the page of the message.
    services.wait_for(lambda: len(page.evaluate("() => heard")) == 4, "four events")
    page.evaluate("() => ChatPopup.push(['close'])")
    services.wait_for(lambda: len(page.evaluate("() => heard")) == 5, "five events")
    assert page.evaluate("() => heard") == [
        ["open", None],
        "window",
        ["ready", None],
        ["message", "from the page"],
        ["close", None],
    ]
    assert page.evaluate("() => ChatPopup.isOpen()") is False


def test_an_origin_that_is_not_allowed_gets_no_popup(
    redis_server: services.RedisServer, tmp_path: Path, new_visitor: Callable[..., Visitor]
) -> None:
    database = f"sqlite:///{tmp_path}/chat.db"
    with contextlib.ExitStack() as started:
        site = started.enter_context(services.closing(Site("<!doctype html><title>Allowed</title>")))
        environ = {"ALLOWED_ORIGINS": site.url.replace("site.", "*.").rstrip("/")}
        chat = started.enter_context(
            services.closing(services.ChatServer(redis_server.database(), database, **environ))
        )
        shop = started.enter_context(services.closing(Shop(chat.url)))
        page = new_visitor(shop).context.new_page()
        with page.expect_console_message(lambda it: "frame-ancestors" in it.text):
            page.goto(shop.url)
            page.evaluate("() => ChatPopup.on('error', ({ code }) => (window.code = code))")
            page.get_by_test_id("launcher").click()
        expect(page.frame_locator("[data-testid=popup]").get_by_test_id("composer")).to_have_count(0)
        expect(page.get_by_test_id("failure")).to_be_visible()
        assert page.evaluate("() => window.code") == "origin-not-allowed"
        # One below the name that is allowed gets it, whole.
        page.goto(site.url)
        page.add_script_tag(url=f"{chat.url}/widget.js")
        page.get_by_test_id("launcher").click()
        connection = page.frame_locator("[data-testid=popup]").get_by_test_id("connection")
        expect(connection).to_have_attribute("data-state", "online")


def signed(user_id: str) -> str:
    return hmac.new(b"s" * 32, user_id.encode(), hashlib.sha256).hexdigest()


def test_another_user_on_the_same_computer_starts_a_clean_session(visitor: Visitor) -> None:
    tab = visitor.tab()
    sign_in = "([id, proof]) => ChatPopup.setUser(id, { name: `User ${id}`, identifier_hash: proof })"
    tab.page.evaluate(sign_in, ["ana", signed("ana")])
    tab.open()
    tab.send("I am Ana")
    tab.shows("I am Ana")
    tab.page.evaluate(sign_in, ["ben", signed("ben")])
    expect(tab.frame).to_have_count(0)
    tab.open()
    tab.shows()
    tab.page.evaluate(sign_in, ["ana", signed("ana")])
    tab.open().shows("I am Ana")


def test_a_false_proof_of_identity_is_refused_and_says_why(visitor: Visitor) -> None:
    tab = visitor.tab()
    tab.page.evaluate("() => ChatPopup.setUser('ana', { identifier_hash: 'wrong' })")
    tab.launcher.click()
    expect(tab.popup.get_by_role("alert").first).to_have_text("The identifier_hash does not match this user id.")
    assert tab.page.evaluate("() => localStorage.length") == 0


def test_reset_ends_the_session_in_every_tab(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.send("secret")
    other = visitor.tab().connected()
    other.shows("secret")
    tab.page.evaluate("() => ChatPopup.reset()")
    for it in (tab, other):
        expect(it.frame).to_have_count(0)
    assert other.page.evaluate("() => localStorage.length") == 0
    tab.open().shows()


def test_the_popped_out_window_is_the_same_visitors_and_closes_the_popup(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.send("in the page")
    tab.shows("in the page")
    with tab.page.expect_popup() as opened:
        tab.page.evaluate("() => ChatPopup.popout()")
    window = opened.value
    expect(tab.frame).not_to_be_visible()
    expect(window.get_by_test_id("message")).to_have_text([re.compile("in the page")])
    window.get_by_test_id("composer").fill("in the window")
    window.get_by_test_id("composer").press("Enter")
    tab.launcher.click()
    tab.shows("in the page", "in the window")
