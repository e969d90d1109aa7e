"""How calls get through, and what is shown where they cannot: relays, restarts, refusals, several agents, the ring."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests import services
from tests.browser import calling
from tests.browser.calling import call, expect_audio, expect_status, flow, is_silent, panel, press, rings, talk
from tests.browser.people import FOCUS_SCRIPT, Inbox, Tab, Visitor
from tests.browser.sites import Shop, Site


@pytest.fixture(scope="module")
def turn() -> Iterator[calling.TurnServer]:
    with services.closing(calling.TurnServer()) as server:
        yield server


@pytest.fixture
def own_chat(
    redis_server: services.RedisServer, turn: calling.TurnServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    """A chat with a relay, that a test may stop and start."""
    database = f"sqlite:///{tmp_path_factory.mktemp('ways')}/chat.db"
    relay = {"ICE_SERVERS": f"{turn.url}, {turn.url}?transport=tcp", "TURN_SECRET": turn.secret}
    with services.closing(services.ChatServer(redis_server.database(), database, **relay)) as server:
        yield server


@pytest.fixture
def own_shop(own_chat: services.ChatServer) -> Iterator[Shop]:
    with services.closing(Shop(own_chat.url)) as shop:
        yield shop


@pytest.fixture
def visitor_tab(new_visitor: Callable[..., Visitor], own_shop: Shop) -> Tab:
    return calling.visitor_tab(new_visitor(own_shop))


@pytest.fixture
def open_agents_inbox(
    own_chat: services.ChatServer, new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]], visitor_tab: Tab
) -> Callable[[], Inbox]:
    """Signs another agent in, and opens the conversation."""

    def sign_in() -> Inbox:
        inbox = new_inbox(own_chat)()
        inbox.page.context.add_init_script(calling.PEERS)
        inbox.page.reload()
        inbox.connected()
        inbox.open(visitor_tab)
        return inbox

    return sign_in


def test_a_call_through_a_relay_goes_on_while_the_server_is_restarted(
    visitor_tab: Tab, open_agents_inbox: Callable[[], Inbox], own_chat: services.ChatServer
) -> None:
    tab, inbox = visitor_tab, open_agents_inbox()
    for chat_page in (tab, inbox):
        chat_page.page.context.add_init_script(calling.FORCED)
        calling.frame_of(chat_page).evaluate(calling.FORCED)
    call(tab, inbox)
    expect_audio(tab, inbox)
    assert all(flow(chat_page)["relayed"] for chat_page in (tab, inbox))  # by UDP, by TCP or by both

    own_chat.stop()
    expect_audio(tab, inbox)
    own_chat.start()
    for chat_page in (tab, inbox):
        chat_page.connected()
    expect_audio(tab, inbox)
    press(tab, "call-camera")  # which takes the server again
    calling.see(inbox)
    press(inbox, "hangup")
    for chat_page in (tab, inbox):
        expect_status(chat_page, "Call ended")


def test_it_rings_at_every_agent_until_one_answers_or_all_decline(
    visitor_tab: Tab, open_agents_inbox: Callable[[], Inbox]
) -> None:
    tab, ana, ben = visitor_tab, open_agents_inbox(), open_agents_inbox()
    press(tab, "call-voice")
    rings(ana)
    rings(ben)
    press(ana, "decline")
    is_silent(ana)
    rings(ben)
    press(ben, "decline")
    expect_status(tab, "Call declined")
    is_silent(ben)
    call(tab, ben)
    is_silent(ana)
    expect(panel(tab).locator(".call-name")).not_to_have_text("Millrace Pottery")
    press(ana, "call-voice")
    expect_status(ana, "Busy at the moment")
    talk(tab, ben)


COUNT = """{
  globalThis.tones = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) { globalThis.tones++; return start.apply(this, when); };
}"""


def test_it_sounds_in_one_tab_only(visitor: Visitor, open_inbox: Callable[[], Inbox]) -> None:
    visitor.context.add_init_script(COUNT)
    tabs = [visitor.tab().open(), visitor.tab().connected()]
    tabs[0].send("hello")
    for tab in tabs:
        tab.shows("hello")
        tab.composer.click()  # browsers keep a page silent that nobody has touched
    inbox = open_inbox()
    inbox.open(tabs[0])

    def tones() -> list[int]:
        return [int(calling.frame_of(tab).evaluate("() => tones")) for tab in tabs]

    press(inbox, "call-voice")
    for tab in tabs:
        rings(tab)
    services.wait_for(lambda: sum(tones()) >= 4, "the ring")
    assert sorted(tones())[0] == 0
    press(inbox, "hangup")
    for tab in tabs:
        is_silent(tab)


TOLD = """{
  globalThis.notified = [];
  const { Notification } = globalThis;
  if (Notification) globalThis.Notification = class extends Notification {
    constructor(...about) { super(...about); notified.push(about[0]); }
  };
}"""


@pytest.fixture
def notified(whole_browser: Browser, chat: services.ChatServer, cookie: str) -> Iterator[BrowserContext]:
    """Ana's browser, which may show notifications; the headless shell has none."""
    with whole_browser.new_context(permissions=["notifications"]) as context:
        context.add_cookies([{"name": "chat_inbox", "value": cookie, "url": chat.url}])
        for script in (FOCUS_SCRIPT, TOLD):
            context.add_init_script(script)
        yield context


def test_an_agent_who_looks_away_is_told_by_one_notification(
    visitor: Visitor, notified: BrowserContext, chat: services.ChatServer
) -> None:
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    inboxes = [Inbox(notified.new_page(), f"{chat.url}/inbox") for _ in range(2)]
    for inbox in inboxes:
        inbox.blur()
    press(tab, "call-voice")
    for inbox in inboxes:
        rings(inbox)
    seen = services.wait_for(
        lambda: [it for inbox in inboxes for it in inbox.page.evaluate("() => notified")], "a notification"
    )
    assert seen == [tab.name]
    press(tab, "hangup")
    for inbox in inboxes:
        is_silent(inbox)


MISSING = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })"
FAILS = (
    "if (window.MediaDevices) MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('', '%s') }"
)

REFUSED = [
    (FAILS % "NotAllowedError", "microphone is blocked: allow it for this page in the browser’s address bar"),
    (FAILS % "NotFoundError", "No microphone was found: connect one and try again."),
    (FAILS % "NotReadableError", "microphone cannot be used: close the program that has it, and try again."),
    (MISSING, "Calls need a secure page: open this one with https."),
]


@pytest.mark.parametrize(("script", "note"), REFUSED)
def test_what_cannot_be_had_is_said_in_one_sentence_and_nobody_is_rung(
    visitor: Visitor, inbox: Inbox, script: str, note: str
) -> None:
    visitor.context.add_init_script(script)
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    for media in ("voice", "video"):
        press(tab, f"call-{media}")
        expect(tab.document.locator("#calls > .call-note")).to_contain_text(note)
    is_silent(inbox)
    expect(tab.messages).to_have_count(1)


def test_a_page_that_does_not_pass_the_microphone_on_is_told_what_its_frame_needs(
    new_context: Callable[..., BrowserContext], chat: services.ChatServer
) -> None:
    without = "Object.defineProperty(HTMLIFrameElement.prototype, 'allow', { set() {} })"
    html = f"<script>{without}</script><script src='{chat.url}/widget.js' async></script>"
    with services.closing(Site(html)) as site:
        tab = Tab(new_context().new_page(), site.url).open()
        press(tab, "call-video")
        note = 'This page does not let the chat use the microphone: its frame needs allow="camera; microphone".'
        expect(tab.document.locator("#calls > .call-note")).to_have_text(note)


def test_who_has_no_camera_is_heard_all_the_same(visitor_tab: Tab, open_agents_inbox: Callable[[], Inbox]) -> None:
    tab, inbox = visitor_tab, open_agents_inbox()
    only_sound = """() => {
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = function (wanted) {
        return wanted.video ? Promise.reject(new DOMException("", "NotFoundError")) : getUserMedia.call(this, wanted);
      };
    }"""
    calling.frame_of(tab).evaluate(only_sound)
    call(tab, inbox, "video")
    expect(panel(tab).locator(".call-note")).to_have_text("No camera was found, so you can only be heard.")
    calling.see(tab)
    expect_audio(inbox)
