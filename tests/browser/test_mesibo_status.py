"""The connection to the team's apps on the screen: the inbox shows its state, a visitor sees it when it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from tests import services
from tests.browser.people import Inbox, Visitor
from tests.browser.sites import Shop
from tests.mesibo.conftest import SdkServer, environ, status_of
from tests.mesibo.fake_rest_api import FakeRestApi
from tests.mesibo.fake_sdk import FakeSdk

NOBODY = "Nobody of the team can be reached right now."


@pytest.fixture(scope="module")
def fake_sdk() -> Iterator[FakeSdk]:
    with services.closing(FakeSdk()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def sdk_server(
    redis_server: services.RedisServer, fake_sdk: FakeSdk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SdkServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('mesibo')}/chat.db"
    with services.closing(FakeRestApi()) as mesibo:
        settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": fake_sdk.token}
        with services.closing(SdkServer(*place, **settings)) as chat:
            yield chat


@pytest.fixture(scope="module")
def shop(sdk_server: SdkServer) -> Iterator[Shop]:
    with services.closing(Shop(sdk_server.url)) as shop:
        yield shop


def test_the_inbox_says_how_the_link_is_and_a_visitor_hears_of_it_only_when_nobody_is_there(
    sdk_server: SdkServer,
    fake_sdk: FakeSdk,
    new_visitor: Callable[..., Visitor],
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]],
) -> None:
    services.wait_for(lambda: status_of(sdk_server)["state"] == "online", "the connection to be online")
    visitor = new_visitor()
    tabs = [visitor.tab().open(), visitor.tab().connected()]
    inbox = new_inbox(sdk_server)()
    for tab in tabs:
        expect(tab.heading).to_contain_text("Online")
    line = inbox.page.get_by_test_id("mesibo-status")
    expect(line).to_have_text("mesibo is connected")

    fake_sdk.send_event("status", status=3, address="")
    expect(line).to_have_attribute("data-state", "offline")
    expect(line).to_contain_text("somebody else has signed in as this mesibo user")
    inbox.page.reload()
    expect(line).to_contain_text("somebody else has signed in as this mesibo user")
    for tab in tabs:
        notice = tab.popup.get_by_test_id("mesibo-status")
        expect(notice).to_have_attribute("data-state", "offline")
        expect(notice).not_to_be_visible()  # somebody is in the inbox
    inbox.page.close()
    for tab in tabs:
        expect(tab.popup.get_by_text(NOBODY)).to_be_visible(timeout=15_000)
    expect(visitor.tab().connected().popup.get_by_text(NOBODY)).to_be_visible()  # also on a page that is loaded now

    fake_sdk.send_event("status", status=1, address="popup")
    for tab in tabs:
        expect(tab.popup.get_by_text(NOBODY)).to_have_count(0)


SDK = """
globalThis.heard = [];
globalThis.Mesibo = class {
  setListener(listener) { this.listener = listener; }
  start() { setTimeout(() => this.listener.Mesibo_onConnectionStatus(1)); }
  call(address) { heard.push(["call", address]); this.listener.Mesibo_onCallStatus(1, 3); }
  hangup() { this.listener.Mesibo_onCallStatus(1, 0x40); }
};
const calls = ["setAppName", "setAccessToken", "setDatabase", "setupVoiceCall", "setupVideoCall", "toggleAudioMute"];
for (const name of calls)
  Mesibo.prototype[name] = (...given) => heard.push([name, ...given]);
"""
CALL = """async () => {
  const { callMesibo } = await import(new URL("../calls/mesibo.js", document.querySelector("script[type=module]").src));
  const { token } = document.getElementById("session").dataset;
  const states = [];
  const call = await callMesibo({
    media: "voice",
    audio: "sound",
    headers: () => ({ Authorization: `Bearer ${token}` }),
    onState: (word) => states.push(word),
  });
  call.mute();
  call.hangUp();
  return { heard, states };
}"""


def test_a_call_to_an_app_loads_mesibos_script_only_then_and_signs_in_as_the_visitors_own_user(
    sdk_server: SdkServer, new_visitor: Callable[..., Visitor], fake_sdk: FakeSdk
) -> None:
    visitor = new_visitor()
    requested: list[str] = []

    def script(route: Route) -> None:
        requested.append(route.request.url)
        route.fulfill(body=SDK, content_type="text/javascript")

    visitor.context.route("https://cdn.mesibo.com/**", script)
    tab = visitor.tab().open()
    user = tab.popup.locator("#session").get_attribute("data-user")
    assert requested == []
    frame = next(frame for frame in tab.page.frames if frame.url.startswith(sdk_server.url))
    found = frame.evaluate(CALL)
    heard = {name: given for name, *given in found["heard"]}
    assert heard["setAccessToken"][0].startswith(f"token-of-visitor-{user}-")
    assert fake_sdk.token not in str(found["heard"])
    assert heard["call"] == ["ana"]
    assert heard["setupVoiceCall"] == ["sound"]
    assert found["states"] == ["ringing", "complete", "over"]
    assert requested == ["https://cdn.mesibo.com/api/mesibo.js"]


def test_the_call_button_rings_in_the_app_only_while_nobody_is_in_the_inbox(
    sdk_server: SdkServer,
    new_visitor: Callable[..., Visitor],
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]],
) -> None:
    visitor = new_visitor()
    body = {"body": SDK, "content_type": "text/javascript"}
    visitor.context.route("https://cdn.mesibo.com/**", lambda route: route.fulfill(**body))
    tab = visitor.tab().open()
    expect(tab.popup.locator('[data-user="team"][data-inbox-open="false"]')).to_be_attached(timeout=15_000)
    tab.popup.get_by_test_id("call-voice").click()
    row = tab.popup.get_by_role("region", name="Call", exact=True)
    expect(row).to_contain_text("Ringing…")
    row.get_by_role("button", name="Mute").click()
    expect(row.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    row.get_by_role("button", name="Hang up").click()
    expect(row).to_contain_text("The call is over.")
    expect(row).to_have_count(0)

    new_inbox(sdk_server)()
    expect(tab.popup.locator('[data-user="team"][data-inbox-open="true"]')).to_be_attached()
    tab.popup.get_by_test_id("call-voice").click()
    expect(tab.popup.locator("#calls")).to_be_attached()  # the chat's own way of calling
    expect(row).to_have_count(0)
