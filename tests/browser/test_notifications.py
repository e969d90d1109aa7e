"""Agents are told of visitors: by push with a service worker, and by what open tabs show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import api, services
from tests.browser.people import Inbox, Visitor

# A browser of the tests reaches no push service: it gets a subscription at once, and notes what is shown.
BROWSER = """
const kept = { endpoint: "https://push.example.com/x", unsubscribe: async () => delete localStorage.subscribed,
  toJSON: () => ({ endpoint: kept.endpoint, keys: { p256dh: "B" + "A".repeat(86), auth: "A".repeat(22) } }) };
PushManager.prototype.subscribe = async () => ((localStorage.subscribed = 1), kept);
PushManager.prototype.getSubscription = async () => (localStorage.subscribed ? kept : null);
"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map((it) => it.title + ": " + it.body);
}"""
COUNT = """() => {
  const show = ServiceWorkerRegistration.prototype.showNotification;
  globalThis.shows = 0;
  ServiceWorkerRegistration.prototype.showNotification = function (...of) { shows++; return show.apply(this, of); };
}"""


@pytest.fixture
def context(chat: services.ChatServer, whole_browser: Browser) -> Iterator[BrowserContext]:
    """An agent's browser that may notify them; the one without windows never may."""
    with whole_browser.new_context(permissions=["notifications"]) as context:
        context.add_init_script(BROWSER)
        cookie = api.agent(chat).headers["Cookie"].partition("=")[2]
        context.add_cookies([{"name": "chat_inbox", "value": cookie, "url": chat.url}])
        yield context


def _push(page: Page, origin: str, data: str) -> None:
    """What the browser does when its push service has brought something."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda it: found.extend(one["registrationId"] for one in it["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")  # what comes before is given to nobody
    services.wait_for(lambda: page.evaluate("1") and found, "the service worker")
    message = {"origin": origin, "registrationId": found[-1], "data": data}
    session.send("ServiceWorker.deliverPushMessage", message)


def test_a_push_is_shown_and_a_click_on_it_opens_the_conversation_in_the_tab_that_is_there(
    chat: services.ChatServer, visitor: Visitor, context: BrowserContext
) -> None:
    tab = visitor.tab().open()
    tab.send("my jug leaks")
    tab.shows("my jug leaks")
    settings = context.new_page()
    settings.goto(f"{chat.url}/inbox/settings/notifications")
    switch = settings.get_by_test_id("push-on")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    inbox = Inbox(context.new_page(), f"{chat.url}/inbox")
    where = inbox.entry(tab.name).get_attribute("data-conversation")
    told = f'{{"conversation": "{where}", "title": "Ada", "body": "my jug leaks", "url": "/inbox/{where}"}}'
    _push(inbox.page, chat.url, told)
    services.wait_for(lambda: inbox.page.evaluate(SHOWN) == ["Ada: my jug leaks"], "the notification")
    click = """async () => { const [notification] = await self.registration.getNotifications();
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification })); }"""
    context.service_workers[0].evaluate(click)
    expect(inbox.message("my jug leaks")).to_be_visible()
    assert inbox.page.evaluate(SHOWN) == []
    settings.reload()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")


def test_one_tab_of_a_browser_shows_on_the_screen_what_its_agent_wants_to_see_there(
    chat: services.ChatServer, visitor: Visitor, context: BrowserContext
) -> None:
    one, two = (Inbox(context.new_page(), f"{chat.url}/inbox") for _ in range(2))
    for inbox in (one, two):
        inbox.page.evaluate(COUNT)
    tab = visitor.tab().open()
    tab.send("is anybody there?")
    services.wait_for(lambda: one.page.evaluate(SHOWN) == [f"{tab.name}: is anybody there?"], "the notification")
    assert one.page.evaluate("shows") + two.page.evaluate("shows") == 1
    for inbox in (one, two):
        icon = inbox.page.locator("link[rel=icon]")
        expect(icon).to_have_attribute("href", icon.get_attribute("data-dot") or "")
        assert inbox.page.title().startswith("(")
    settings = context.new_page()
    settings.goto(f"{chat.url}/inbox/settings/notifications")
    settings.get_by_label("Say what was written").uncheck()
    settings.get_by_role("button", name="Save").first.click()
    expect(one.page.locator("body")).to_have_attribute("data-words", "false")  # at once, and without a reload
    tab.send("hello?")
    services.wait_for(lambda: one.page.evaluate(SHOWN) == [f"{tab.name}: A new message"], "one without words")
