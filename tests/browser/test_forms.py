"""A form that is asked before the first message: what was typed waits for it, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests import services
from tests.browser.people import Inbox, Visitor
from tests.browser.sites import Site
from tests.web import team_setup

PRECHAT = {
    "type": "form",
    "title": "Before we begin",
    "fields": [
        {"name": "name", "label": "Name", "kind": "text"},
        {"name": "email", "label": "E-mail", "kind": "email", "required": True},
        {"name": "plan", "label": "Plan", "kind": "text"},
    ],
}


def test_what_was_typed_waits_for_what_is_asked_first_and_both_leave_once(
    chat: services.ChatServer, visitor: Visitor, new_context: Callable[..., BrowserContext], inbox: Inbox
) -> None:
    owner = team_setup.agent(chat, "Olga", role="owner")
    assert owner.request("PUT", "/inbox/settings/forms/prechat", json={"content": PRECHAT}).ok
    try:
        tab = visitor.tab().open()
        second = visitor.tab().connected()
        asked = [it.document.get_by_test_id("prechat") for it in (tab, second)]
        expect(asked[1]).to_be_visible()
        tab.send("hello, is there tea?")
        expect(asked[0].get_by_label("E-mail")).to_be_focused()
        asked[0].get_by_label("Name").fill("Nora Field")
        tab.page.reload()
        tab.connected()
        expect(asked[0].get_by_label("Name")).to_have_value("Nora Field")
        expect(tab.message("hello, is there tea?")).to_have_attribute("data-status", "sending")
        visitor.context.route("**/answer", lambda route: route.abort())
        asked[0].get_by_label("E-mail").fill("nora@example.com")
        with visitor.context.expect_event("requestfailed", lambda it: it.url.endswith("/answer")):
            asked[0].get_by_label("E-mail").press("Enter")
        for it in asked:
            expect(it.locator("fieldset:disabled")).to_have_count(1)
        visitor.context.unroute("**/answer")
        tab.page.reload()  # it leaves all the same, and the words after it
        tab.connected()
        answer = "Before we begin\nName: Nora Field\nE-mail: nora@example.com"
        for it in (tab, second):
            expect(it.document.get_by_test_id("prechat")).to_have_count(0)
            expect(it.messages.locator(".body")).to_have_text([answer, "hello, is there tea?"], use_inner_text=True)
        inbox.choose("Nora Field")
        expect(inbox.messages).to_have_count(2)
        inbox.page.get_by_test_id("forms").click()
        inbox.page.get_by_test_id("insert-form").filter(has_text="What do you think of us?").click()
        for page in (inbox, tab):
            expect(page.messages.last.get_by_test_id("form")).to_be_visible()

        # What the page tells is not asked again; here nothing is left.
        told = 'ChatPopup.setAttributes({name: "Ada", email: "a@b.co", plan: "Pro"})'
        page = f'<script src="{chat.url}/widget.js"></script><script>{told}</script>'
        with services.closing(Site(page)) as site:
            known = new_context().new_page()
            known.goto(site.url)
            known.get_by_test_id("launcher").click()
            popup = known.frame_locator("[data-testid=popup]")
            popup.get_by_test_id("composer").fill("all is known")
            popup.get_by_test_id("composer").press("Enter")
            expect(popup.get_by_test_id("message")).to_have_attribute("data-seq", "1")
            expect(popup.get_by_test_id("prechat")).to_have_count(0)
    finally:
        assert owner.request("DELETE", "/inbox/settings/forms/prechat").ok
