"""Calls between a visitor, in the popup on a foreign page, and an agent in the inbox; with fake cameras."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests import api, services
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
from tests.browser.people import ChatPage, Inbox, Tab, Visitor
from tests.browser.sites import Shop
from tests.web import database_inspection


@pytest.fixture(scope="module")
def chat(redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.ChatServer]:
    """A chat whose only agent is Ana: who else had a tab open a moment ago would be rung, too."""
    database = f"sqlite:///{tmp_path_factory.mktemp('calls')}/chat.db"
    with services.closing(services.ChatServer(redis_server.database(), database)) as server:
        yield server


@pytest.fixture(scope="module")
def shop(chat: services.ChatServer) -> Iterator[Shop]:
    with services.closing(Shop(chat.url)) as shop:
        yield shop


@pytest.fixture(scope="module")
def cookie(chat: services.ChatServer) -> str:
    """Ana's."""
    return api.agent(chat, "ana@example.com").headers["Cookie"].partition("=")[2]


@pytest.fixture
def open_inbox(
    chat: services.ChatServer, cookie: str, new_context: Callable[..., BrowserContext]
) -> Iterator[Callable[[], Inbox]]:
    """Opens Ana's inbox in tabs of one browser; when she goes, no call of hers goes on."""
    context = new_context()
    context.add_init_script(calling.PEERS)
    context.add_cookies([{"name": "chat_inbox", "value": cookie, "url": chat.url}])
    yield lambda: Inbox(context.new_page(), f"{chat.url}/inbox")
    database_inspection.run(chat, "UPDATE calls SET state = 'failed', due_at = NULL WHERE due_at IS NOT NULL")


@pytest.fixture
def tab(visitor: Visitor) -> Tab:
    return calling.visitor_tab(visitor)


@pytest.fixture
def chat_pages(tab: Tab, inbox: Inbox) -> list[ChatPage]:
    """The same conversation at both ends."""
    inbox.open(tab)
    return [tab, inbox]


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
    caller.composer.press("ArrowUp")  # which is for what one has said, and not for the line below it
    expect(caller.composer).to_have_value("messages go on beside it")


def test_nothing_of_calls_is_loaded_before_one_begins(visitor: Visitor, inbox: Inbox) -> None:
    loaded: list[str] = []
    visitor.context.on("request", lambda request: loaded.append(request.url))
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    assert not [url for url in loaded if "/call" in url]
    press(tab, "call-voice")
    rings(inbox)
    assert [url for url in loaded if "/calls/peer_connection.js" in url]


def test_it_rings_in_three_tabs_and_answering_in_one_stops_the_others(
    tab: Tab, inbox: Inbox, open_inbox: Callable[[], Inbox], visitor: Visitor
) -> None:
    inboxes = [inbox, open_inbox(), open_inbox()]
    other = visitor.tab().connected()
    press(tab, "call-voice")
    for each in inboxes:
        rings(each)
    expect_status(other, "Calling from another tab.")
    press(inboxes[1], "answer")
    talk(inboxes[1], tab)
    for each in (inboxes[0], inboxes[2], other):
        expect_status(each, "In a call in another tab.")
        is_silent(each)
    expect_audio(tab, inboxes[1])
    press(other, "call-voice")  # one call is enough
    expect(elsewhere(other)).to_be_visible()
    elsewhere(other).get_by_role("button", name="Hang up").click()
    for each in inboxes:
        is_silent(each)


def test_the_call_moves_to_another_tab(chat_pages: list[ChatPage], visitor: Visitor) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    other = visitor.tab().connected()
    elsewhere(other).get_by_role("button", name="Move it here").click()
    expect_status(tab, "In a call in another tab.")
    talk(other, inbox)
    expect_audio(other, inbox)


def test_a_call_that_is_declined(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    press(tab, "call-voice")
    press(inbox, "decline")
    expect_status(tab, "Call declined")
    is_silent(inbox)
    for chat_page in chat_pages:
        expect(line(chat_page)).to_have_text("Voice call, declined")


def test_a_call_that_is_cancelled_is_one_that_the_other_side_missed(
    chat_pages: list[ChatPage], visitor: Visitor
) -> None:
    tab, inbox = chat_pages
    assert isinstance(tab, Tab)
    tab.close_popup()
    press(inbox, "call-video")
    rings(tab)  # and has opened the popup
    tab.close_popup()
    press(inbox, "hangup")
    expect(line(inbox)).to_have_text("Video call, cancelled")
    expect(tab.badge).to_have_text("1")
    tab.open_popup()
    is_silent(tab)
    expect(line(tab)).to_have_text("Missed video call")
    tab.document.get_by_role("button", name="Call back").click()
    expect_status(inbox, "Incoming video call")


def test_a_call_that_nobody_answers_ends_after_45_seconds(
    chat_pages: list[ChatPage], chat: services.ChatServer
) -> None:
    tab, inbox = chat_pages
    press(tab, "call-voice")
    rings(inbox)
    tab.page.reload()  # which is no reason to give up
    expect_status(tab, "Calling…")
    past = "2020-01-01 00:00:00"
    database_inspection.run(
        chat, "UPDATE calls SET created_at = :past, due_at = :past WHERE state = 'ringing'", past=past
    )
    expect_status(tab, "No answer")
    is_silent(inbox)
    expect(line(tab)).to_have_text("Voice call, no answer")
    expect(line(inbox)).to_have_text("Missed voice call")
    tab.document.get_by_role("button", name="Call again").click()
    rings(inbox)


def test_a_team_that_is_in_another_call_is_busy(
    chat_pages: list[ChatPage], new_visitor: Callable[..., Visitor]
) -> None:
    call(*chat_pages)
    other = new_visitor().tab().open()
    press(other, "call-voice")
    expect_status(other, "Busy at the moment")
    expect(line(other)).to_have_text("Voice call, the line was busy")
    expect_audio(*chat_pages)


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


def test_closing_the_tab_that_talks_ends_the_call_after_ten_seconds(
    chat_pages: list[ChatPage], chat: services.ChatServer
) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    tab.page.close()
    expect_status(inbox, "Reconnecting…")
    [(due,)] = database_inspection.run(chat, "SELECT due_at > changed_at FROM calls WHERE due_at IS NOT NULL")
    assert due
    database_inspection.run(chat, "UPDATE calls SET due_at = changed_at WHERE due_at IS NOT NULL")
    expect_status(inbox, "Call ended")


def test_when_the_other_end_is_gone_without_a_word_the_call_ends_soon(
    chat_pages: list[ChatPage], chat: services.ChatServer
) -> None:
    tab, inbox = chat_pages
    call(tab, inbox)
    calling.frame_of(tab).evaluate("() => void peers.at(-1).close()")
    expect_status(inbox, "Reconnecting…", within=20)
    database_inspection.run(chat, "UPDATE calls SET due_at = changed_at WHERE due_at IS NOT NULL")
    expect_status(inbox, "Call ended")
    expect(line(inbox)).to_contain_text("Voice call, 0:")


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


def test_the_page_can_call_and_is_told(tab: Tab, inbox: Inbox) -> None:
    tab.page.evaluate("() => { told = []; ChatPopup.on('call', (it) => told.push(it.state)); ChatPopup.call('video') }")
    expect_status(inbox, "Incoming video call")
    press(inbox, "answer")
    talk(tab, inbox)
    press(tab, "hangup")
    expect_status(tab, "Call ended")
    assert tab.page.evaluate("() => [...new Set(told)]") == ["ringing", "answered", "connected", "ended"]
