"""The inbox in the hands of an agent."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Route, expect

from tests import api, services
from tests.browser.people import Inbox, Visitor
from widget.realtime import following


def test_an_agent_chooses_a_password_and_signs_in_with_it(inbox: Inbox, chat: services.ChatServer) -> None:
    page = inbox.page
    password = page.get_by_label("Choose a password for next time")
    # Too short for the server; the browser's own check is switched off to get there.
    page.locator("form.password").evaluate("(form) => (form.noValidate = true)")
    password.fill("short")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("alert").filter(has_text="12 to 200 characters")).to_be_visible()
    password.fill("correct horse battery")
    login = page.locator("form.password input[name=email]").input_value()
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").fill(login)
    page.get_by_label("Password").fill("wrong horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This address and password do not belong together.")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("inbox-list")).to_be_attached()
    expect(page).to_have_url(f"{chat.url}/inbox")


def test_a_double_click_signs_in_by_a_link_that_is_good_for_once(
    new_context: Callable[..., BrowserContext], chat: services.ChatServer
) -> None:
    link = chat.flask("agents", "add", f"{uuid.uuid4().hex[:8]}@example.com").split()[-1]
    # As from elsewhere: on the server's own machine a link signs in without a click.
    page = new_context(extra_http_headers={"X-Forwarded-For": "203.0.113.7"}).new_page()
    page.goto(link)
    clicks = page.get_by_role("button", name="Sign in").evaluate("""(button) => {
        let sent = 0;
        addEventListener("submit", (event) => {  // the last to hear of it
            sent += !event.defaultPrevented;
            event.preventDefault();
        });
        button.click();
        button.click();
        return sent;
    }""")
    assert clicks == 1
    page.reload()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Choose a conversation.")).to_be_visible()


def test_an_opened_conversation_has_an_address_and_a_way_back(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("where am I?")
    tab.shows("where am I?")
    inbox.open(tab)
    expect(inbox.page).to_have_url(re.compile("/inbox/[0-9a-f]{16}$"))
    expect(inbox.page.get_by_test_id("visitor-info")).to_contain_text("Visitor")
    inbox.page.reload()
    inbox.shows("where am I?")
    inbox.page.set_viewport_size({"width": 390, "height": 740})
    expect(inbox.page.get_by_test_id("inbox-list")).not_to_be_visible()
    inbox.page.get_by_role("link", name="All conversations").click()
    expect(inbox.items.filter(has_text="where am I?")).to_be_visible()


def test_a_tab_that_was_left_behind_shows_what_is_new_though_many_others_were_opened_since(
    visitor: Visitor, inbox: Inbox, chat: services.ChatServer
) -> None:
    tab = visitor.tab().open()
    tab.send("first")
    inbox.page.route("**/viewing", lambda route: route.abort())  # by which it would notice, too: twenty seconds later
    inbox.open(tab)
    inbox.shows("first")
    for number in range(following.MOST):
        inbox.page.request.get(f"{chat.url}/w/conversations/{number:016x}")
    tab.send("second")
    inbox.shows("first", "second")
    tab.send("third")
    inbox.shows("first", "second", "third")


def test_no_name_comes_to_stand_above_what_another_has_written(inbox: Inbox, chat: services.ChatServer) -> None:
    names = [f"{name} {uuid.uuid4().hex[:6]}" for name in ("Ana", "Ben")]
    ana, ben = (api.visitor(chat.url, name=name) for name in names)
    assert ana.send("I am Ana").ok
    assert ben.send("I am Ben").ok
    held: list[Route] = []
    inbox.page.route(f"**/{ana.conversation}/head", lambda route: held.append(route))
    inbox.choose(names[0])
    assert ana.post("/w/session", json={"name": "Anastasia"}).ok  # so what stands above is loaded anew
    services.wait_for(lambda: inbox.page.title() and held, "the request for Ana's name")
    inbox.choose(names[1])
    inbox.shows("I am Ben")
    heading = inbox.page.locator("#head")
    inbox.page.evaluate("""() => {
        const head = document.getElementById("head");
        window.names = [];
        new MutationObserver(() => window.names.push(head.textContent)).observe(head, { childList: true });
    }""")
    with inbox.page.expect_response(f"**/{ana.conversation}/head") as late:
        held[0].continue_()
    late.value.finished()
    assert ben.post("/w/session", json={"name": "Benedict"}).ok  # the next to come, in the sequence of events
    expect(heading).to_contain_text("Benedict")
    assert not [it for it in inbox.page.evaluate("window.names") if "Ana" in it]
