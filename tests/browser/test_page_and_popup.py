"""Keys, wheels and fingers: which are meant for the chat, and which for the page that it stands in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import services
from tests.browser.pages import connected, popup


def test_escape_closes_the_chat_only_where_it_is_meant_for_it(page_with: Callable[..., Page]) -> None:
    page = page_with("<!doctype html><dialog><input id=own></dialog>SCRIPT")
    launcher, frame = page.get_by_test_id("launcher"), page.get_by_test_id("popup")
    launcher.click()
    connected(page)
    page.evaluate("() => document.querySelector('dialog').showModal()")
    page.locator("#own").focus()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(frame).to_be_visible()
    composer = popup(page).get_by_test_id("composer")
    composer.fill("ni hao")
    # Safari's last key of a composition, and Chromium's Escape within one.
    for options in ({"key": "Enter", "keyCode": 229}, {"key": "Escape", "keyCode": 229}):
        composer.evaluate(
            "(it, options) => it.dispatchEvent(new KeyboardEvent('keydown', "
            "{ bubbles: true, cancelable: true, ...options }))",
            options,
        )
    composer.evaluate("(it) => { it.addEventListener('keydown', (event) => event.preventDefault(), { once: true }); }")
    composer.press("Escape")
    expect(composer).to_have_value("ni hao")
    expect(popup(page).get_by_test_id("message")).to_have_count(0)
    expect(frame).to_be_visible()
    composer.press("Escape")
    expect(frame).not_to_be_visible()
    launcher.click()
    launcher.focus()
    page.keyboard.press("Escape")
    expect(frame).not_to_be_visible()


def test_on_a_low_screen_the_chat_fills_it_and_a_wheel_over_its_header_does_not_scroll_the_page(
    page_with: Callable[..., Page],
) -> None:
    page = page_with("<!doctype html><body style='height: 9000px'>SCRIPT")
    page.get_by_test_id("launcher").click()
    connected(page)
    for place in ("header", "#composer"):
        popup(page).locator(place).first.hover(force=True, position={"x": 4, "y": 4})
        page.mouse.wheel(0, 400)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("() => scrollY") == 0
    page.set_viewport_size({"width": 844, "height": 390})
    services.wait_for(
        lambda: page.get_by_test_id("popup").bounding_box() == {"x": 0, "y": 0, "width": 844, "height": 390},
        "the whole screen",
    )
