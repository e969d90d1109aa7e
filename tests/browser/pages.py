"""The chat on pages that its makers have never seen."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Page, expect


def popup(page: Page) -> FrameLocator:
    return page.frame_locator("[data-testid=popup]")


def connected(page: Page) -> None:
    expect(popup(page).get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)
