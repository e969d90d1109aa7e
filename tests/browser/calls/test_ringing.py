"""At whom a call rings, who has it, and what is left of one that came to nothing."""

from __future__ import annotations

from collections.abc import Callable

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
    talk,
)
from tests.browser.people import ChatPage, Guest, Inbox, Tab, Visitor
from tests.web import database_inspection


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


def test_the_page_can_call_and_is_told(tab: Tab, inbox: Inbox) -> None:
    tab.page.evaluate("() => { told = []; ChatPopup.on('call', (it) => told.push(it.state)); ChatPopup.call('video') }")
    expect_status(inbox, "Incoming video call")
    press(inbox, "answer")
    talk(tab, inbox)
    press(tab, "hangup")
    expect_status(tab, "Call ended")
    assert tab.page.evaluate("() => [...new Set(told)]") == ["ringing", "answered", "connected", "ended"]


def test_a_visitors_call_from_a_group_rings_at_the_team_alone(chat_pages: list[ChatPage], guest: Guest) -> None:
    tab, inbox = chat_pages
    ben, other = guest.joins(tab.invite(), "Ben")
    call(ben, inbox)
    for each in (tab, other):
        expect(panel(each)).to_have_count(0)
    expect_audio(inbox)
    press(ben, "hangup")
    for each in (ben, inbox, tab):
        expect(line(each)).to_contain_text("Voice call, 0:")
    press(inbox, "call-voice")  # at both of them; whoever answers first has it
    expect_status(inbox, "Calling…")
    rings(tab)
    press(ben, "answer")
    talk(ben, inbox)
    is_silent(tab)
