"""Every state of the popup, the inbox and the way in: light, dark at 200 %, and in forced colours at 400 %."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from tests import api, services
from tests.browser.axe import MODES, SPACING, check
from tests.browser.people import Inbox, PopupWindow

CONTENTS: list[dict[str, Any]] = [
    {"type": "options", "options": [{"title": "Green"}, {"title": "White"}], "multiple": True},
    {
        "type": "form",
        "title": "Your order",
        "fields": [
            {"name": "name", "label": "Name", "kind": "text", "required": True},
            {"name": "size", "label": "Size", "kind": "choice", "options": [{"title": "small"}, {"title": "large"}]},
            {"name": "sure", "label": "I am sure", "kind": "checkbox"},
        ],
    },
    {"type": "cards", "cards": [{"title": "Teapot", "text": "Two left", "options": [{"title": "Take it"}]}]},
]

AREAS = "appearance people hours labels rules canned forms notifications bots privacy audit blocks numbers"


def check_conversation(window: PopupWindow, agent: api.Person, inbox: Inbox) -> None:
    """All that a conversation may have in it, and what opens over it."""
    page, clean = window.page, partial(check, window.page)
    clean("first visit")
    window.send(
        "Do you have `teapots`?\n```\nfor (const it of document.querySelectorAll('.long')) console.log(it)\n```"
    )
    name = str(page.locator("#session").get_attribute("data-name"))
    inbox.choose(name)
    inbox.reply("Yes, *two*: https://example.com/teapots ```\nlarge, small\n```")
    conversation = str(page.locator("#conversation").get_attribute("data-conversation"))
    for content in CONTENTS:
        body = {"body": "Which?", "client_id": str(uuid.uuid4()), "content": content}
        assert agent.post(f"/w/conversations/{conversation}/messages", json=body).status_code == 201
    expect(window.messages).to_have_count(5)
    expect(page.get_by_test_id("cards")).to_be_visible()
    page.get_by_test_id("form-submit").last.click()  # without the name
    clean("a conversation")
    window.menu(window.messages.first).get_by_text("Delete for everybody").click()
    clean("what can be done with a message")
    window.close_sheet()
    for opener, shown, closer in (
        ("camera", "shutter", ""),
        ("record", "record-stop", "Throw away"),
        ("call-voice", "hangup", "Hang up"),
    ):
        page.get_by_test_id(opener).first.click()
        expect(page.get_by_test_id(shown)).to_be_visible()
        clean(opener)
        page.get_by_role("button", name=closer).click() if closer else page.keyboard.press("Escape")
        expect(page.get_by_test_id(shown)).not_to_be_visible()
    check_files(window, agent, conversation)
    check_call(window, inbox)


def check_files(window: PopupWindow, agent: api.Person, conversation: str) -> None:
    """What is attached, one that is refused, and a picture that came, is forwarded and opened."""
    page, clean = window.page, partial(check, window.page)
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(picture, "PNG")
    there = {"name": "a picture.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    refused = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}
    page.get_by_test_id("file-input").set_input_files([there, {**refused, "buffer": b"x"}, refused])  # type: ignore[list-item]
    expect(page.locator("#composer-note")).to_contain_text("is empty")
    expect(page.locator("#tray > li")).to_have_count(2)
    clean("what is attached, and what was refused")
    for _ in range(2):
        page.locator("#tray").get_by_role("button").first.click()
    path = f"/w/conversations/{conversation}/messages"
    file = {"file": ("red.png", picture.getvalue())}
    sent = agent.post(path, data={"client_id": str(uuid.uuid4())}, files=file)
    assert sent.status_code == 201
    again = {"conversation": conversation, "client_id": str(uuid.uuid4())}
    assert agent.post(f"/w/messages/{sent.json()['id']}/forward", json=again).status_code == 201
    expect(page.get_by_test_id("image")).to_have_count(2)
    clean("a picture, forwarded")
    page.get_by_test_id("image").last.click()
    expect(page.locator(".viewer")).to_be_visible()
    clean("a picture, opened")
    page.keyboard.press("Escape")


def check_call(window: PopupWindow, inbox: Inbox) -> None:
    """A video call, at both ends."""
    inbox.page.get_by_test_id("call-video").first.click()
    window.page.get_by_test_id("answer").wait_for()
    check(window.page, "a call that rings")
    window.page.get_by_test_id("answer").click()
    for it in (window.page, inbox.page):
        expect(it.get_by_test_id("call-panel")).to_have_attribute("data-state", "connected", timeout=20_000)
        check(it, "a call that goes on")
    window.page.get_by_test_id("hangup").click()
    for it in (window.page, inbox.page):
        expect(it.get_by_test_id("call-panel")).to_have_count(0)


def check_inbox(inbox: Inbox, url: str, areas: str) -> None:
    """The same for the team: the conversation, what opens over it, the list, and the settings."""
    page, clean = inbox.page, partial(check, inbox.page)
    clean("the inbox's conversation")
    page.get_by_test_id("note").click()
    clean("a note")
    page.get_by_test_id("note").click()
    for opener in ("assignee", "label", "snooze", "about", "search"):
        page.locator("#work, #head").get_by_test_id(opener).first.click()
        expect(inbox.sheet).to_be_visible()
        clean(opener)
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(inbox.sheet).to_be_visible()
    clean("the palette")
    page.goto(f"{url}/inbox")
    expect(inbox.entries.first).to_be_visible()
    clean("the inbox's list")
    for area in areas.split():
        page.goto(f"{url}/inbox/settings/{area}")
        clean(area)


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_any_state_of_the_popup_the_inbox_and_the_way_in(
    mode: str, chat: services.ChatServer, new_context: Callable[..., BrowserContext], inbox: Inbox
) -> None:
    look = MODES[mode]
    context, elsewhere = new_context(**look), new_context(**look)
    if mode != "light":
        for it in (context, elsewhere, inbox.page.context):
            it.add_init_script(SPACING)
        inbox.page.set_viewport_size(look["viewport"])
    inbox.page.emulate_media(color_scheme=look.get("color_scheme"), forced_colors=look.get("forced_colors"))
    inbox.page.reload()
    window = PopupWindow(context.new_page(), f"{chat.url}/popup?color=ffd400")
    page, clean = window.page, partial(check, window.page)
    window.connected()
    check_conversation(window, api.agent(chat), inbox)
    # In the dark they have the colors of all else, but for the charts.
    check_inbox(inbox, chat.url, "appearance numbers" if mode == "dark" else AREAS)
    link = window.invite()
    guest = PopupWindow(elsewhere.new_page(), link).join("Bob")
    check(guest.page, "who has joined")
    elsewhere.close()
    window.about()
    clean("what there is to know")
    window.sheet.get_by_test_id("search").click()
    page.get_by_test_id("search-text").fill("teapots")
    expect(page.get_by_test_id("hits")).to_be_visible()
    clean("what was found")
    window.close_sheet()
    page.get_by_role("button", name="Emoji").click()
    expect(page.get_by_label("Search emoji")).to_be_focused()
    clean("emoji")
    page.keyboard.press("Escape")
    window.new_group("Kiln day")
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    clean("two conversations")
    context.set_offline(True)
    window.send("later")
    expect(page.get_by_text("Waiting for the connection").filter(visible=True)).to_have_count(1)
    clean("without a connection")
    context.set_offline(False)
    for address, heading in (
        (link, "Your name"),
        (f"{chat.url}/join/none", "Go to the chat"),
        (f"{chat.url}/inbox", "Password"),
    ):
        page.goto(address)
        expect(page.get_by_text(heading).or_(page.get_by_label(heading)).first).to_be_visible()
        clean(heading)
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_have_attribute("aria-describedby", "reason")
    clean("signing in failed")
