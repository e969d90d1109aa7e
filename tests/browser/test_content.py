"""Messages that are answered with a click or filled in: by keyboard, in every tab, also without a connection."""

from __future__ import annotations

import uuid
from typing import Any

from playwright.sync_api import expect

from tests import api, bots, services
from tests.browser.people import Inbox, Tab, Visitor

OPTIONS = {"type": "options", "options": [{"title": "Tea", "value": "t"}, {"title": "Coffee", "value": "c"}]}
CARDS = {
    "type": "cards",
    "cards": [
        {"title": f"Pot {it}", "text": "For two.", "options": [{"title": f"Take {it}", "value": str(it)}]}
        for it in range(4)
    ],
}
FORM = {
    "type": "form",
    "title": "Feedback",
    "fields": [
        {"name": "mail", "label": "E-mail", "kind": "email", "required": True},
        {"name": "why", "label": "What happened?", "kind": "textarea"},
        {"name": "stars", "label": "How was it?", "kind": "rating"},
    ],
}


def offer(bot: api.Person, where: str, content: dict[str, Any]) -> None:
    path = f"/w/conversations/{where}/messages"
    assert bot.post(path, json={"content": content, "client_id": str(uuid.uuid4())}).ok


def rest(*tabs: Tab | Inbox) -> None:
    """In each of these, what was offered last is answered."""
    for tab in tabs:
        expect(tab.document.locator(".content :enabled:is(button, input, textarea)")).to_have_count(0)


def test_what_is_offered_is_answered_by_keyboard_once_and_rests_in_every_tab(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    bot = bots.add(chat)
    tab = visitor.tab().open()
    hello = f"hello {bot.id}"
    tab.send(hello)
    tab.shows(hello)
    where = next(it["id"] for it in bot.conversations() if it["last"]["body"] == hello)
    second = visitor.tab().connected()
    inbox.open(tab)
    offer(bot, where, OPTIONS)
    option = tab.document.get_by_role("button", name="Coffee", exact=True)
    expect(tab.document.get_by_test_id("talk-to-person")).to_be_visible()
    expect(inbox.page.get_by_test_id("option").first).to_be_disabled()
    option.press("Enter")
    rest(tab, second, inbox)
    for it in (tab, second):
        expect(it.document.get_by_role("button", name="Coffee", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(it.messages.last.locator(".body")).to_have_text("Coffee")
    assert bot.history(where)[-1]["answer"]["value"] == "c"

    offer(bot, where, CARDS)
    tab.document.get_by_test_id("cards").focus()
    tab.page.keyboard.press("Tab")
    expect(tab.document.get_by_role("button", name="Take 0", exact=True)).to_be_focused()
    tab.document.get_by_role("button", name="Take 3", exact=True).press("Space")
    rest(tab, second, inbox)

    offer(bot, where, FORM)
    tab.document.get_by_label("What happened?", exact=True).fill("The lid fell off.")
    tab.document.get_by_label("4", exact=True).check()
    tab.document.get_by_test_id("form-submit").click()  # the browser says what is missing
    expect(tab.document.get_by_label("E-mail", exact=True)).to_be_focused()
    tab.page.reload()
    tab.connected()
    expect(tab.document.get_by_label("What happened?", exact=True)).to_have_value("The lid fell off.")
    expect(tab.document.get_by_label("4", exact=True)).to_be_checked()
    tab.page.route("**/answer", lambda route: route.abort())
    tab.document.get_by_label("E-mail", exact=True).fill("ada@example.com")
    with tab.page.expect_event("requestfailed", lambda it: it.url.endswith("/answer")):
        tab.document.get_by_label("E-mail", exact=True).press("Enter")
    rest(tab)
    tab.page.unroute("**/answer")
    tab.page.reload()  # it leaves all the same
    tab.connected()
    for it in (tab, second, inbox):
        expect(it.document.locator(".filled-in")).to_contain_text("ada@example.com", timeout=15_000)
    answers = [it for it in bot.history(where) if it.get("answer", {}).get("values")]
    assert [it["answer"]["values"] for it in answers] == [
        {"mail": "ada@example.com", "why": "The lid fell off.", "stars": 4}
    ]
