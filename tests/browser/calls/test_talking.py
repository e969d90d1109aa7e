"""What one sees, hears and can do in a call, and where it goes on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser import calling
from tests.browser.calling import (
    call,
    elsewhere,
    expect_audio,
    expect_status,
    is_silent,
    line,
    panel,
    press,
    rings,
    see,
    talk,
)
from tests.browser.people import ChatPage, Tab, Visitor


@pytest.mark.parametrize("way", [1, -1], ids=["the visitor calls", "the agent calls"])
def test_a_video_call_is_seen_and_heard_on_both_sides(chat_pages: list[ChatPage], way: int) -> None:
    caller, callee = chat_pages[::way]
    press(caller, "call-video")
    rings(callee)
    expect_status(caller, "Calling…")
    expect_status(callee, "Incoming video call")
    press(callee, "answer")
    talk(caller, callee)
    see(caller, callee)
    expect_audio(caller, callee)
    caller.send("messages go on beside it")
    expect(callee.message("messages go on beside it")).to_be_visible()
    press(callee, "hangup")
    for chat_page in chat_pages:
        expect_status(chat_page, "Call ended")
    for chat_page in chat_pages:
        expect(line(chat_page)).to_contain_text(re.compile(r"Video call, 0:\d\d"))
        assert calling.seconds(line(chat_page).inner_text()) <= 20
        is_silent(chat_page)
        expect(chat_page.document.get_by_role("button", name="Call back")).to_have_count(0)
    caller.composer.press("ArrowUp")  # which is for what one has written, and not for the line below it
    expect(caller.composer).to_have_value("messages go on beside it")


def test_the_call_moves_to_another_tab(chat_pages: list[ChatPage], visitor: Visitor) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    other = visitor.tab().connected()
    elsewhere(other).get_by_role("button", name="Move it here").click()
    expect_status(tab, "In a call in another tab.")
    talk(other, inbox)
    expect_audio(other, inbox)


@pytest.mark.parametrize("way", [1, -1], ids=["the visitor's", "the agent's"])
def test_a_page_that_is_loaded_anew_in_the_middle_of_a_call_goes_on_with_it(
    chat_pages: list[ChatPage], way: int
) -> None:
    call(*chat_pages, "video")
    one, other = chat_pages[::way]
    if isinstance(one, Tab):
        one.page.goto(one.page.url + "about")  # on another page of the shop, too
    else:
        one.page.reload()
    talk(one, other)
    see(one, other)
    expect_audio(one, other)


def test_mute_camera_and_screen(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    expect(panel(inbox)).not_to_have_attribute("data-remote-video", "")
    expect(panel(inbox)).to_have_attribute("data-remote-speaking", "", timeout=15_000)
    press(tab, "mute")
    expect(tab.document.get_by_test_id("mute")).to_have_attribute("aria-pressed", "true")
    expect(panel(inbox)).not_to_have_attribute("data-remote-speaking", "", timeout=15_000)
    press(tab, "mute")
    expect(panel(inbox)).to_have_attribute("data-remote-speaking", "", timeout=15_000)
    press(tab, "call-camera")
    see(inbox)
    press(tab, "call-screen")
    expect(panel(tab)).to_have_attribute("data-sharing", "")
    see(inbox)
    press(tab, "call-screen")
    expect(panel(inbox)).not_to_have_attribute("data-remote-video", "", timeout=10_000)
    for chat_page in chat_pages:  # both at once
        press(chat_page, "call-camera")
    see(*chat_pages)
    press(inbox, "call-camera")
    expect(panel(tab)).not_to_have_attribute("data-remote-video", "", timeout=10_000)
    expect_audio(*chat_pages)


def test_devices_duration_and_quality(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    for chat_page in chat_pages:
        quality = panel(chat_page).locator(".call-quality")
        expect(quality).to_have_attribute("aria-label", "Good connection")
        expect(panel(chat_page).get_by_role("timer")).to_have_text("0:03")
    tab.bring_to_front()
    panel(tab).get_by_label("More").click()
    microphone = panel(tab).get_by_label("Microphone")
    expect(microphone.locator("option")).not_to_have_count(1)
    microphone.select_option(index=1)
    expect_audio(inbox)


def test_a_call_by_keyboard_alone(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    for chat_page, name in (
        (tab, "Voice call"),
        (inbox, "Answer"),
        (inbox, "Mute"),
        (inbox, "Camera"),
        (inbox, "Hang up"),
    ):
        chat_page.bring_to_front()
        where = chat_page.document if name == "Voice call" else panel(chat_page)
        button = where.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        button.focus()
        button.press("Enter")
        if name == "Answer":
            talk(tab, inbox)
            expect(inbox.document.get_by_test_id("mute")).to_be_focused()
    expect_status(tab, "Call ended")
    expect(inbox.composer).to_be_focused()


def test_the_picture_fills_the_screen_or_floats_above_other_windows(chat_pages: list[ChatPage]) -> None:
    call(*chat_pages, "video")
    see(*chat_pages)
    for chat_page in chat_pages:
        chat_page.bring_to_front()
        for name, shown in (("Full screen", "fullscreenElement"), ("Picture in picture", "pictureInPictureElement")):
            for is_on in (True, False):
                panel(chat_page).get_by_label("More").click()
                panel(chat_page).get_by_role("button", name=name).click()
                condition = f"(on) => Boolean(document.{shown}) === on"
                calling.frame_of(chat_page).wait_for_function(condition, arg=is_on)


def test_a_call_goes_on_in_a_window_of_its_own(chat_pages: list[ChatPage], visitor: Visitor) -> None:
    tab, inbox = chat_pages
    assert isinstance(tab, Tab)
    call(tab, inbox)
    tab.bring_to_front()
    panel(tab).get_by_label("More").click()
    with visitor.context.expect_page() as opened:
        panel(tab).get_by_role("button", name="Separate window").click()
    window = ChatPage()
    window.page = opened.value
    talk(window, inbox)
    tab.page.goto(tab.page.url + "about")
    expect_audio(window, inbox)


def test_another_way_is_found_when_the_network_changes(chat_pages: list[ChatPage]) -> None:
    call(*chat_pages)
    credential = "() => /ice-ufrag:(.*)/.exec(peers.at(-1).localDescription.sdp)[1]"
    frames = [calling.frame_of(chat_page) for chat_page in chat_pages]
    before = [frame.evaluate(credential) for frame in frames]
    frames[0].evaluate("() => void dispatchEvent(new Event('online'))")
    for frame, old in zip(frames, before, strict=True):
        services.wait_for(lambda: frame.evaluate(credential) != old, "new ICE credentials")  # noqa: B023
    assert [frame.evaluate("() => peers.length") for frame in frames] == [1, 1]
    talk(*chat_pages)
    expect_audio(*chat_pages)
