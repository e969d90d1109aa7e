"""Fingers on a phone: what they scroll and zoom, and what they do not."""

from __future__ import annotations

import io
import uuid
import wave
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests import api, services
from tests.browser.pages import connected, popup
from tests.browser.people import Visitor

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
PAGE = "<!doctype html><meta name=viewport content='width=device-width'><body style='height: 9000px'>SCRIPT"
START = 1000
WHOLE = {"x": 0, "y": 0, "width": 390, "height": 844}


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    return new_visitor(**PHONE)


@pytest.fixture
def page(page_with: Callable[..., Page]) -> Page:
    page = page_with(PAGE)
    page.evaluate("(y) => scrollTo(0, y)", START)
    page.get_by_test_id("launcher").tap()
    connected(page)
    services.wait_for(lambda: page.get_by_test_id("popup").bounding_box() == WHOLE, "the whole screen")
    return page


@pytest.fixture
def fingers(page: Page) -> CDPSession:
    context: BrowserContext = page.context
    return context.new_cdp_session(page)


def swipe(fingers: CDPSession, y: float, to: float) -> None:
    """One finger goes up or down."""
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 195, "y": y}]})
    for step in range(1, 11):
        points = [{"x": 195, "y": y + (to - y) * step / 10}]
        fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def pinch(page: Page, fingers: CDPSession, scale: float) -> None:
    """Two fingers, low on what is seen, make the page so many times as large as it was."""
    before, height = page.evaluate("() => [visualViewport.scale, visualViewport.height]")
    fingers.send("Input.synthesizePinchGesture", {"x": 100, "y": int(height * 0.9), "scaleFactor": scale})
    wanted = before * scale
    services.wait_for(lambda: abs(page.evaluate("() => visualViewport.scale") - wanted) < 0.1, "the page to be zoomed")


def test_fingers_over_the_chat_scroll_its_messages_and_never_the_page_behind(page: Page, fingers: CDPSession) -> None:
    popup(page).get_by_test_id("composer").fill("\n".join(str(number) for number in range(60)))
    popup(page).get_by_test_id("send").tap()
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    messages = popup(page).locator("#messages")
    at_end = messages.evaluate("(it) => it.scrollTop")
    assert at_end > 0
    for y, to in ((60, 5), (830, 600), (600, 200)):  # over the header, the composer, and the messages at their end
        swipe(fingers, y, to)
    swipe(fingers, 300, 600)
    services.wait_for(lambda: messages.evaluate("(it) => it.scrollTop") < at_end, "the messages")
    for _ in range(6):
        swipe(fingers, 200, 700)  # to their beginning, and further
    services.wait_for(lambda: messages.evaluate("(it) => it.scrollTop") == 0, "the first line")
    swipe(fingers, 200, 700)
    swipe(fingers, 20, 300)
    assert page.evaluate("() => scrollY") == START


def test_a_zoomed_page_zooms_the_chat_with_it_and_all_of_it_can_be_reached(page: Page, fingers: CDPSession) -> None:
    frame = page.get_by_test_id("popup")
    place = "(it) => { const { x, y, width, height } = it.getBoundingClientRect(); return { x, y, width, height }; }"
    pinch(page, fingers, 2)
    assert page.evaluate("() => visualViewport.offsetTop") > 0
    # As large as the page that is zoomed, and not as the part of it that is seen: that moves over it.
    assert frame.evaluate(place) == WHOLE
    composer = popup(page).get_by_test_id("composer")
    composer.tap()
    expect(composer).to_be_focused()
    composer.press_sequentially("zoomed")
    popup(page).get_by_test_id("send").tap()
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    pinch(page, fingers, 0.5)
    assert frame.evaluate(place) == WHOLE
    popup(page).locator("#close").tap()
    expect(frame).not_to_be_visible()


SMALL = """() => [...document.querySelectorAll("#messages :is(a, button, input, summary)")].flatMap((it) => {
  if (it.matches(".body a") || !it.checkVisibility({ visibilityProperty: true })) return []; // within a line of text
  const { width, height } = (it.labels?.[0] ?? it).getBoundingClientRect();
  const around = getComputedStyle(it, "::after"); // what makes it larger than it looks
  const larger = around.position === "absolute" ? [parseFloat(around.width), parseFloat(around.height)] : [0, 0];
  const least = Math.min(Math.max(width, larger[0]), Math.max(height, larger[1]));
  return least < 44 ? [`${it.className} ${it.dataset.testid} ${least}`] : [];
})"""


def test_what_messages_offer_to_fingers_has_44_pixels(page: Page, chat: services.ChatServer) -> None:
    send, messages = popup(page).get_by_test_id("send"), popup(page).get_by_test_id("message")
    popup(page).get_by_test_id("composer").fill("hello")
    send.tap()
    expect(messages).to_have_attribute("data-status", "sent")
    conversation = str(popup(page).locator("#conversation").get_attribute("data-conversation"))
    agent, path = api.agent(chat), f"/w/conversations/{conversation}/messages"
    first = agent.history(conversation)[0]["id"]
    options = {"type": "options", "options": [{"title": "Yes"}, {"title": "No"}]}
    for fields in ({"reply_to": first}, {"content": options}):
        told = {"body": "Which? `x`", "client_id": str(uuid.uuid4()), **fields}
        assert agent.post(path, json=told).status_code == 201
    for name, content in (("notes.txt", b"x"), ("tone.wav", tone())):
        told = {"client_id": str(uuid.uuid4())}
        assert agent.post(path, data=told, files={"file": (name, content)}).status_code == 201
    for emoji in ("\N{THUMBS UP SIGN}",):
        assert agent.request("PUT", f"/w/messages/{first}/reaction", json={"emoji": emoji}).ok
    tab = str(uuid.uuid4())
    call = agent.post("/w/calls", json={"conversation": conversation, "media": "voice", "tab": tab}).json()
    assert agent.post(f"/w/calls/{call['id']}/hangup", json={"tab": tab}).ok
    for what in (".reaction", ".quote", ".file", ".play", ".option", ".call-after .link", ".ticks"):
        expect(popup(page).locator("#messages").locator(what).first).to_be_visible()
    assert popup(page).locator("body").evaluate(SMALL) == []


def tone() -> bytes:
    """A second of silence, as an audio file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as it:
        it.setparams((1, 2, 8000, 0, "NONE", ""))
        it.writeframes(bytes(16000))
    return file.getvalue()
