"""Two agents in two browsers, with two tabs each, at one conversation: what one does is seen by the other at once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Route, expect

from tests import services
from tests.browser.people import Inbox, Visitor

SNOOZE = """(seconds) => {
  const until = seconds && new Date(Date.now() + seconds * 1000).toISOString();
  const body = JSON.stringify({ status: "snoozed", snoozed_until: until });
  const headers = { "Content-Type": "application/json" };
  return fetch(location.pathname.replace("/inbox", "/w/conversations"), { method: "PATCH", headers, body });
}"""


def name_of(inbox: Inbox) -> str:
    return str(inbox.page.locator("body").get_attribute("data-name"))


def toast(inbox: Inbox) -> Locator:
    return inbox.page.locator("#toast span")


def everywhere(tabs: list[Inbox], testid: str) -> None:
    """Every tab has this button above the conversation."""
    for tab in tabs:
        expect(tab.page.get_by_test_id(testid)).to_be_visible(timeout=15_000)


def test_two_agents_see_who_looks_and_writes_and_takes_and_what_is_put_aside_comes_back_in_all_their_tabs(
    chat: services.ChatServer,
    visitor: Visitor,
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]],
) -> None:
    asking = visitor.tab().open()
    asking.send("who takes this?")
    asking.shows("who takes this?")
    tabs = [open_tab() for open_tab in [new_inbox(chat), new_inbox(chat)] for _each in range(2)]
    hers, his = tabs[:2], tabs[2:]
    for tab in tabs:
        tab.open(asking)
    for here, others in ((hers, his), (his, hers)):
        for tab in here:
            expect(tab.page.locator("#colleagues")).to_have_text(f"Also here: {name_of(others[0])}")

    # Both take it while neither knows of the other: the requests leave only when both buttons were pressed.
    held: list[Route] = []
    for tab in (hers[0], his[0]):
        with tab.page.expect_request(lambda it: it.method == "PATCH"):
            tab.page.route("**/w/conversations/*", lambda route: held.append(route))
            tab.page.get_by_test_id("assign").click()
        expect(tab.page.get_by_test_id("assignee")).to_have_text("Nobody")
    for route in held:
        route.continue_()
    for tab in (hers[0], his[0]):
        tab.page.unroute("**/w/conversations/*")
        expect(toast(tab)).to_be_visible()
    quick, slow = (hers, his) if toast(hers[0]).inner_text() == "Assigned." else (his, hers)
    expect(toast(slow[0])).to_have_text(f"{name_of(quick[0])} was quicker and has this conversation now.")
    for tab in tabs:
        expect(tab.page.get_by_test_id("assignee")).to_have_text(name_of(quick[0]))

    # Who writes is seen by the other alone, and who was answered before is told once.
    slow[1].composer.press_sequentially("I think that")
    for tab in quick:
        expect(tab.typing).to_contain_text(name_of(slow[0]))
    expect(asking.typing).not_to_contain_text(name_of(slow[0]))
    quick[1].send("we do")
    expect(toast(slow[1])).to_have_text(f"{name_of(quick[0])} has answered meanwhile.")
    expect(slow[1].composer).to_have_value("I think that")
    asking.shows("who takes this?", "we do")

    # Until a time, and until the visitor writes.
    hers[0].page.evaluate(SNOOZE, 3600)
    everywhere(tabs, "reopen")
    his[0].page.evaluate(SNOOZE, 1)
    everywhere(tabs, "resolve")
    his[1].page.evaluate(SNOOZE, None)
    everywhere(tabs, "reopen")
    asking.send("one more thing")
    everywhere(tabs, "resolve")
    expect(asking.document.get_by_text("Snoozed")).to_have_count(0)
