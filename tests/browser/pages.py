"""The chat on pages that its makers have never seen."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.people import ChatPage


def popup(page: Page) -> FrameLocator:
    return page.frame_locator("[data-testid=popup]")


def connected(page: Page) -> None:
    expect(popup(page).get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)


def more(chat_page: ChatPage, text: str) -> Locator:
    """The button beside a message."""
    return chat_page.message(text).get_by_role("button", name="What to do with this message")
