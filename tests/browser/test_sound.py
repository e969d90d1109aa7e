"""The chime: one sound in one tab, for a message that nobody is reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests import api, services
from tests.browser.people import ChatPage, Inbox, Tab, Visitor

# Each chime is two tones.
COUNT = """{
  globalThis.tones = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) { globalThis.tones++; return start.apply(this, when); };
}"""


def chimes(chat_pages: Iterable[ChatPage]) -> list[int]:
    """How often each tab has sounded."""
    return [sum(int(it.evaluate("() => tones")) for it in chat_page.page.frames) // 2 for chat_page in chat_pages]


@pytest.fixture
def tabs(visitor: Visitor) -> list[Tab]:
    """Two tabs of a visitor who has written hello; both pages were touched, so that they may sound."""
    visitor.context.add_init_script(COUNT)
    one = visitor.tab().open()
    one.composer.click()
    one.send("hello")
    one.shows("hello")
    two = visitor.tab().connected()
    two.composer.click()
    return [one, two]


@pytest.fixture
def answers(tabs: list[Tab], chat: services.ChatServer) -> Callable[[str], None]:
    """The team says something."""
    agent = api.agent(chat)
    conversation = next(str(it["id"]) for it in agent.conversations() if it["title"] == tabs[0].name)

    def say(text: str) -> None:
        assert agent.send(text, conversation).status_code == 201
        for tab in tabs:
            expect(tab.message(text)).to_be_attached()

    return say


def have_sounded(chat_pages: Iterable[ChatPage], times: int) -> None:
    """So often, all tabs together: as soon as that, and no more often once every tab has had time for it."""
    chat_pages = list(chat_pages)
    services.wait_for(lambda: sum(chimes(chat_pages)) >= times, f"{times} sounds")
    frames = [frame for chat_page in chat_pages for frame in chat_page.page.frames]
    for frame in frames:  # all at once
        frame.evaluate("() => { globalThis.time = new Promise((done) => setTimeout(done, 1200)); }")
    for frame in frames:
        frame.evaluate("() => time")
    assert sum(chimes(chat_pages)) == times


def test_a_message_that_nobody_reads_sounds_once_in_one_tab(tabs: list[Tab], answers: Callable[[str], None]) -> None:
    for tab in tabs:
        tab.blur()
    answers("anybody there?")
    have_sounded(tabs, 1)
    tabs[0].focus()
    tabs[0].close_popup()
    answers("and now?")
    have_sounded(tabs, 2)
    assert sorted(chimes(tabs)) == [0, 2]  # always in the same one


def read_in_each(tabs: list[Tab], answers: Callable[[str], None]) -> None:
    """The team speaks to whoever reads in one tab, then in the other: either may be the one that would sound."""
    for reader, other in (tabs, tabs[::-1]):
        other.blur()
        reader.focus()
        reader.bring_to_front()
        answers(f"for the reader of tab {tabs.index(reader)}")
        have_sounded(tabs, 0)


def test_what_is_read_in_any_tab_sounds_in_none(tabs: list[Tab], answers: Callable[[str], None]) -> None:
    read_in_each(tabs, answers)


def test_what_is_read_makes_no_sound_even_when_the_server_hears_of_it_late(
    tabs: list[Tab], answers: Callable[[str], None], visitor: Visitor
) -> None:
    late: list[Route] = []
    visitor.context.route("**/read", lambda route: late.append(route))  # and lets it wait
    read_in_each(tabs, answers)
    assert late


def test_what_one_says_oneself_makes_no_sound(tabs: list[Tab], visitor: Visitor) -> None:
    for tab in tabs:
        tab.blur()
    tabs[0].send("talking to myself")
    for tab in tabs:
        tab.shows("hello", "talking to myself")
    have_sounded(tabs, 0)


def mute(chat_page: ChatPage, now: str) -> None:
    """Press the switch, which then says the opposite."""
    chat_page.about().get_by_role("switch").click()
    expect(chat_page.sheet.get_by_role("switch")).to_have_accessible_name(now)
    chat_page.close_sheet()


def test_muting_in_one_tab_silences_all_and_keeps_the_badge_away(
    tabs: list[Tab], answers: Callable[[str], None]
) -> None:
    mute(tabs[0], "Unmute")
    tabs[0].close_popup()
    expect(tabs[1].frame).not_to_be_visible()
    answers("psst")
    have_sounded(tabs, 0)
    for tab in tabs:
        expect(tab.badge).to_have_count(0)
    tabs[1].open_popup()
    mute(tabs[1], "Mute")
    tabs[1].close_popup()
    answers("hey!")
    have_sounded(tabs, 1)
    for tab in tabs:
        expect(tab.badge).to_have_text("1")


def test_a_muted_conversation_is_shown_as_muted_when_one_looks_again(tabs: list[Tab]) -> None:
    mute(tabs[0], "Unmute")
    for tab in tabs:
        switch = tab.about().get_by_role("switch")
        expect(switch).to_have_attribute("aria-checked", "true")
        expect(switch).to_have_accessible_name("Unmute")
        tab.close_sheet()


def test_at_the_desk_one_of_the_tabs_sounds_too(
    visitor: Visitor, open_inbox: Callable[[], Inbox], new_context: Callable[..., BrowserContext]
) -> None:
    one = visitor.tab().open()
    one.send("hello")
    one.shows("hello")
    inboxes = [open_inbox(), open_inbox()]
    for inbox in inboxes:
        inbox.page.context.add_init_script(COUNT)
        inbox.page.reload()
        inbox.connected()
        inbox.open(one)
        inbox.composer.click()
    one.send("for who reads this")
    inboxes[0].shows("hello", "for who reads this")
    have_sounded(inboxes, 0)
    for inbox in inboxes:
        inbox.blur()
    one.send("for who looks away")
    have_sounded(inboxes, 1)
