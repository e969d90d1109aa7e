"""The owner at the settings, and a visitor whose chat is open meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests import api, services
from tests.browser.sites import Site

TAG = '<script src="{chat}/widget.js" async></script>'


def test_what_the_owner_tries_out_is_seen_beside_it_and_what_they_save_in_every_open_popup_at_once(
    own_chat: services.ChatServer, new_context: Callable[..., BrowserContext]
) -> None:
    cookie = api.agent(own_chat).headers["Cookie"].partition("=")[2]
    owner_at, visitor_at = new_context(), new_context()
    owner_at.add_cookies([{"name": "chat_inbox", "value": cookie, "url": own_chat.url}])
    with services.closing(Site(TAG.format(chat=own_chat.url))) as site:
        page = visitor_at.new_page()
        page.goto(site.url)
        page.get_by_test_id("launcher").click()
        popup = page.frame_locator("[data-testid=popup]")
        expect(popup.get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)

        owner = owner_at.new_page()
        owner.goto(f"{own_chat.url}/inbox/settings")
        area = owner.get_by_test_id("settings-appearance")
        preview = area.frame_locator("iframe")
        expect(preview.get_by_text("Hello! How can we help?")).to_be_visible()
        area.get_by_label("Name", exact=True).fill("Millrace")
        area.get_by_label("Greeting").fill("Ask us about mugs.")
        area.get_by_label("Colour").fill("#ffe066")
        area.get_by_label("On the left").check()
        area.get_by_label("Words beside it").fill("Ask us")
        expect(preview.get_by_role("heading", name="Millrace")).to_be_visible()
        expect(preview.get_by_text("Ask us about mugs.")).to_be_visible()
        expect(area.get_by_text("Black words on it have a contrast of 16.1 to 1.")).to_be_visible()
        expect(popup.get_by_role("heading", name="Support")).to_be_visible()  # nothing is kept yet

        area.get_by_role("button", name="Save").click()
        expect(owner.get_by_text("Saved.")).to_be_visible()
        expect(popup.get_by_role("heading", name="Millrace")).to_be_visible()
        expect(popup.get_by_text("Ask us about mugs.")).to_be_visible()
        expect(popup.get_by_test_id("send")).to_have_css("--accent", "#ffe066")
        launcher = page.get_by_test_id("launcher")
        expect(launcher).to_contain_text("Ask us")
        expect(launcher).to_have_css("background-color", "rgb(255, 224, 102)")
        box = launcher.bounding_box()
        assert box
        assert box["x"] == 20
        owner.get_by_role("link", name="Hours").click()
        switch = owner.get_by_label("Tell visitors when we answer")
        switch.check()
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
            owner.get_by_label(day, exact=True).uncheck()
        owner.get_by_role("button", name="Save").click()
        expect(owner.get_by_text("Closed now.")).to_be_visible()
        expect(switch).to_be_checked()
        expect(popup.locator(".presence")).to_have_text("Closed")
        page.reload()  # from now on it begins like that
        expect(page.get_by_test_id("launcher")).to_contain_text("Ask us")
        owner.set_viewport_size({"width": 1000, "height": 420})
        owner.get_by_role("link", name="Bots").click()
        owner.get_by_label("Name", exact=True).fill("Polly")
        owner.get_by_label("Name", exact=True).press("Enter")
        expect(owner.get_by_test_id("bot-token")).to_be_in_viewport()  # it is shown once
