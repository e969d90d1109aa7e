"""Files in messages, seen by both sides: chosen, dropped, pasted, shown, downloaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.attaching import Pair, attach, drop, loaded, send
from tests.web import hostile


@pytest.fixture(scope="module")
def browser(playing_browser: Browser) -> Browser:
    return playing_browser


def test_several_files_with_a_few_words_arrive_in_order_in_every_tab(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg", files / "green.png", files / "offer.pdf")
    pair.tab.composer.fill("as promised")
    send(pair.tab)
    pair.all_have("image", 2)
    pair.all_have("file")
    for chat_page in pair.chat_pages:
        chat_page.shows("hello", "as promised", "", "")
        kinds = chat_page.messages.evaluate_all("(all) => all.map((it) => it.dataset.kind)")
        assert kinds == ["text", "image", "image", "file"]
        loaded(chat_page.document.get_by_test_id("image").first)
        expect(chat_page.document.get_by_test_id("file")).to_contain_text("offer.pdf")
        expect(chat_page.document.get_by_test_id("file")).to_contain_text("PDF · 2 KB")
    expect(pair.tab.document.locator("#tray > li")).to_have_count(0)
    expect(pair.inbox.entry(pair.tab.name)).to_contain_text("offer.pdf")


def test_the_viewer_goes_from_picture_to_picture(pair: Pair, files: Path) -> None:
    attach(pair.inbox, files / "red.jpg", files / "green.png")
    send(pair.inbox)
    pair.all_have("image", 2)
    tab = pair.tab
    tab.bring_to_front()
    tab.document.get_by_test_id("image").first.click()
    viewer = tab.document.locator(".viewer")
    expect(viewer).to_contain_text("red.jpg")
    viewer.press("ArrowRight")
    expect(viewer).to_contain_text("green.png")
    viewer.get_by_role("button", name="Zoom in").click()
    expect(viewer.locator("img")).to_have_css("transform", re.compile("matrix\\(1.5"))
    with tab.page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "green.png"
    viewer.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(tab.frame).to_be_visible()


def test_pictures_are_dropped_and_pasted_and_can_be_taken_out_again(pair: Pair) -> None:
    drop(pair.tab, "dropped.png")
    tray = pair.tab.document.locator("#tray > li")
    expect(tray).to_have_count(2)
    pair.tab.bring_to_front()
    tray.first.get_by_role("button", name="Remove dropped.png").click()
    expect(tray).to_have_count(1)
    # In another conversation it is not at hand: it was meant for this one.
    pair.tab.new_group("Elsewhere")
    expect(tray).to_have_count(0)
    expect(pair.tab.document.get_by_test_id("send")).to_be_disabled()
    pair.tab.choose("Millrace Pottery")
    expect(tray).to_have_count(1)
    send(pair.tab)
    pair.all_have("image")


def test_what_is_too_large_is_refused_before_anything_leaves(pair: Pair, files: Path) -> None:
    pair.tab.document.get_by_test_id("file-input").set_input_files(files / "large.bin")
    note = pair.tab.document.locator("#composer-note")
    expect(note).to_have_text("“large.bin” has 26.0 MB; a file may have 25.0 MB at most.")
    expect(pair.tab.document.locator("#tray > li")).to_have_count(0)
    expect(pair.tab.document.get_by_test_id("send")).to_be_disabled()


def test_a_file_that_is_not_taken_says_why_and_can_be_discarded(pair: Pair, files: Path) -> None:
    # Not one of gigabytes: the browser makes room for it, too, to show what is attached.
    (files / "trap.png").write_bytes(hostile.png_that_claims(10_001, 10_001))
    attach(pair.tab, files / "trap.png")
    send(pair.tab)
    waiting = pair.tab.document.locator("[data-testid=message][data-status=failed]")
    expect(waiting).to_contain_text("at most 100 megapixels can be sent")
    pair.tab.bring_to_front()
    waiting.get_by_role("button", name="Discard").click()
    pair.inbox.reply("What was it?")
    for chat_page in pair.chat_pages:
        chat_page.shows("hello", "What was it?")


def test_a_picture_is_answered_and_reacted_to_like_any_message(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg")
    send(pair.tab)
    pair.all_have("image")
    pair.inbox.menu(pair.inbox.messages.last).get_by_role("button", name="Reply").click()
    expect(pair.inbox.document.locator("#composer-context")).to_contain_text("Photo")
    pair.inbox.send("A nice red")
    for chat_page in pair.chat_pages:
        expect(chat_page.message("A nice red").locator(".quote span")).to_have_text("Photo")
    pair.inbox.menu(pair.inbox.messages.nth(1)).get_by_role("button", name="👍").click()
    for chat_page in pair.chat_pages:
        expect(chat_page.messages.nth(1).locator(".reaction")).to_have_count(1)
        expect(chat_page.message("A nice red").locator(".quote span")).to_have_text("Photo")


EXPIRE = r"""(link) => (link.href = link.href.replace(/\/\d{10}(?=\/|$)/, "/1000000000"))"""
"""As on a page that has been open since the day before yesterday."""


def test_the_viewer_shows_an_image_whose_address_has_expired(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg")
    send(pair.tab)
    pair.all_have("image")
    link = pair.inbox.document.locator("#messages a[data-act=view]")
    link.evaluate(EXPIRE)
    pair.inbox.bring_to_front()
    link.click()
    viewer = pair.inbox.document.get_by_role("dialog", name="Picture")
    image = viewer.get_by_role("img")
    expect(image).to_have_js_property("naturalWidth", 800)
    download = viewer.get_by_role("link", name="Download")
    download.evaluate(EXPIRE)
    with pair.inbox.page.expect_download() as saved:
        download.click()
    assert saved.value.suggested_filename == "red.jpg"
    viewer.press("Escape")
    beside = pair.inbox.page.locator("#visitor-panel").get_by_test_id("visitor-file").get_by_role("link").first
    expired = beside.evaluate(EXPIRE)
    with pair.inbox.page.expect_popup() as opened:
        beside.click()
    expect(beside).not_to_have_attribute("href", expired)
    opened.value.close()
