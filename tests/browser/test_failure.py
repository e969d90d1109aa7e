"""Where the popup cannot start, it says so, and why."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests import services
from tests.browser.pages import connected
from tests.browser.sites import Site

FAILURE, AWAY = "The chat cannot be shown on this page.", "The chat cannot be reached."


def without_cross_origin_headers(route: Route) -> None:
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("cross-origin-")}
    route.fulfill(response=answer, headers=kept)


def seconds_later(page: Page, seconds: float) -> None:
    """So much later by the page's own clock, however busy the machine is; then it stands still until it is resumed."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    page.clock.run_for(int(1000 * (seconds - 1)))


POLICY, ISOLATED = "Content_Security_Policy", "Cross_Origin_Embedder_Policy"
UNABLE: dict[str, tuple[str, dict[str, str], Callable[[Route], None] | None]] = {
    "a policy without frames": ("policy-blocked", {POLICY: "default-src 'none'; script-src CHAT/widget.js"}, None),
    "a sandbox": ("sandboxed", {POLICY: "sandbox allow-scripts"}, None),
    "a browser that blocks frames of others": ("popup-blocked", {}, lambda route: route.abort()),
    "an isolated page and a proxy that takes our headers away": (
        *("isolated-page", {ISOLATED: "require-corp"}),
        lambda route: without_cross_origin_headers(route) if "popup" in route.request.url else route.continue_(),
    ),
    "a server that does not answer": ("server-away", {}, lambda _: None),
}
FRAMES = {"server-away": re.compile(r"/popup|failure")}


@pytest.mark.parametrize("where", UNABLE)
def test_where_the_popup_cannot_start_it_says_so_within_three_seconds_and_why_and_offers_a_way_out(
    page_with: Callable[..., Page], where: str, errors: list[str]
) -> None:
    code, headers, change = UNABLE[where]
    page = page_with(
        "<script>window.codes = []; addEventListener('chatpopup:error', (it) => codes.push(it.detail.code));</script>"
        "<meta name=color-scheme content='light dark'>SCRIPT".replace("<script>", "<script nonce=a>"),
        **{name: value.replace("CHAT/", "'nonce-a' CHAT/") for name, value in headers.items()},
    )
    if change:
        page.route(FRAMES.get(code, "**/popup*"), change)  # in this page's frames, not in the window
    page.get_by_test_id("launcher").click()
    failure = page.get_by_test_id("failure")
    expect(failure).to_contain_text(AWAY if code == "server-away" else FAILURE, timeout=3_500)
    page.emulate_media(color_scheme="dark")  # the sentence has the colour of the page's words
    look = failure.evaluate("(it) => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor]")
    assert look[0] != look[1]
    expect(page.get_by_test_id("popup")).not_to_be_visible()
    assert page.evaluate("() => codes") == [code]
    if code == "sandboxed":  # a link would lead nowhere
        expect(failure.get_by_role("link")).to_have_count(0)
        expect(failure).to_contain_text(re.compile(r"copy this address into a new window: http://\S+/popup\?name=Ann"))
    else:
        with page.expect_popup() as opened:
            failure.get_by_role("link").click()
        expect(opened.value.get_by_test_id("composer")).to_be_editable()
        expect(opened.value.get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)
    page.get_by_test_id("launcher").click()
    expect(failure).to_have_count(0)
    assert errors == []


def test_a_chat_whose_server_is_away_says_so_and_comes_back(
    own_chat: services.ChatServer, new_context: Callable[..., BrowserContext]
) -> None:
    with services.closing(Site(f'<script src="{own_chat.url}/widget.js"></script>')) as site:
        page = new_context().new_page()
        page.clock.install()
        page.goto(site.url)
        own_chat.stop()
        page.get_by_test_id("launcher").click()
        seconds_later(page, 3.5)
        expect(page.get_by_test_id("failure")).to_contain_text(AWAY)
        page.clock.resume()
        own_chat.start()
        page.get_by_test_id("launcher").click()
        page.get_by_test_id("launcher").click()
        connected(page)
        expect(page.get_by_test_id("failure")).to_have_count(0)
