"""Uploads that the network, a reload or a person interrupts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.attaching import Pair, attach, send


@pytest.fixture(scope="module")
def browser(playing_browser: Browser) -> Browser:
    return playing_browser


def cut_after(browser: BrowserContext, pieces: int) -> None:
    """Let the network fail in the middle of an upload."""
    seen = 0

    def route(route: object) -> None:
        nonlocal seen
        seen += route.request.method == "PATCH"  # type: ignore[attr-defined]
        if seen > pieces:
            browser.set_offline(True)
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    browser.route("**/w/uploads/**", route)


def test_an_upload_that_loses_the_network_half_way_goes_on_from_there(pair: Pair, files: Path) -> None:
    tab = pair.tab
    attach(tab, files / "several.bin")
    pieces: list[int] = []
    browser = tab.page.context  # once the network is back, either of its tabs may go on
    browser.on("request", lambda it: pieces.append(1) if it.method == "PATCH" and "/uploads/" in it.url else None)
    cut_after(browser, 2)
    send(tab)
    waiting = tab.document.locator("[data-testid=message]:not([data-seq])")
    expect(waiting).to_have_attribute("data-waiting", "", timeout=15_000)
    browser.unroute("**/w/uploads/**")
    sent = len(pieces)
    browser.set_offline(False)
    pair.all_have("file")
    expect(pair.inbox.document.get_by_test_id("file")).to_contain_text("4.0 MB")
    # Five pieces in all, of which the first two were not sent again; one was cut.
    assert sent == 3
    assert len(pieces) - sent == 3


LOSE_ONE_ANSWER = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    XMLHttpRequest.prototype.send = send;
    this.onload = this.onerror;
    send.call(this, body);
  };
}"""
"""The server takes the next piece, and the network fails before it can say so."""


def test_an_upload_whose_last_answer_was_lost_arrives(pair: Pair, files: Path) -> None:
    pair.other.page.close()
    pair.chat_pages = [pair.tab, pair.inbox]
    attach(pair.tab, files / "red.jpg")
    pair.tab.document.locator("body").evaluate(LOSE_ONE_ANSWER)
    send(pair.tab)
    pair.all_have("image")


def test_a_file_survives_a_reload_and_can_be_given_up(pair: Pair, files: Path) -> None:
    tab = pair.tab
    pair.other.page.close()
    pair.chat_pages = [tab, pair.inbox]
    attach(tab, files / "several.bin")
    tab.page.route("**/w/uploads/**", lambda route: route.abort())
    send(tab)
    expect(tab.document.get_by_test_id("upload-progress")).to_have_count(1)
    expect(tab.document.locator("[data-status=failed]")).to_have_count(1)
    tab.page.unroute("**/w/uploads/**")
    tab.page.reload()
    pair.all_have("file")
    attach(tab, files / "red.jpg")
    tab.page.route("**/w/uploads/**", lambda route: None)  # never answers
    send(tab)
    waiting = tab.document.locator("[data-testid=message]:not([data-seq])")
    expect(waiting.get_by_test_id("upload-progress")).to_be_visible()
    tab.bring_to_front()
    waiting.get_by_role("button", name="Cancel").click()
    expect(waiting).to_have_count(0)
    tab.page.unroute("**/w/uploads/**")
    tab.send("never mind")
    pair.inbox.shows("hello", "", "never mind")
