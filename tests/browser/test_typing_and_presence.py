"""Who is writing, and who is here: told to every tab of the other side, and gone when it is not true any more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Request, expect

from tests import services
from tests.browser.people import Colleague, Desk, Room, Tab, Visitor

OpenDesk = Callable[[], Desk]


def two_sides(visitor: Visitor, open_desk: OpenDesk) -> tuple[list[Tab], list[Desk]]:
    """Two tabs each of a visitor and an agent, with their conversation."""
    one = visitor.tab().open()
    one.say("hello")
    one.shows("hello")
    desks = [open_desk(), open_desk()]
    for desk in desks:
        desk.open(one)
    return [one, visitor.tab().connected()], desks


def write(room: Room, text: str) -> None:
    """Type without sending."""
    room.composer.press_sequentially(text)


def test_both_tabs_of_the_other_side_see_who_is_typing_until_the_message_is_there(
    visitor: Visitor, open_desk: OpenDesk
) -> None:
    tabs, desks = two_sides(visitor, open_desk)
    agent = desks[0].page.locator("body").get_attribute("data-name")
    write(desks[0], "good mor")
    for tab in tabs:
        expect(tab.typing).to_have_text(f"{agent} is typing…")
    expect(desks[1].typing).not_to_be_visible()  # one's own writing is no news
    desks[0].reply("good morning")
    for tab in tabs:
        tab.shows("hello", "good morning")
        expect(tab.typing).not_to_be_visible()
    write(tabs[1], "good mor")
    for desk in desks:
        expect(desk.typing).to_have_text(f"{tabs[1].name} is typing…")
    tabs[1].composer.press("Enter")
    for desk in desks:
        desk.shows("hello", "good morning", "good mor")
        expect(desk.typing).not_to_be_visible()


def test_typing_is_told_once_in_three_seconds_and_believed_for_six(visitor: Visitor, open_desk: OpenDesk) -> None:
    tabs, desks = two_sides(visitor, open_desk)
    told: list[float] = []

    def note(request: Request) -> None:
        if request.url.endswith("/typing"):
            told.append(time.monotonic())

    visitor.context.on("request", note)
    give_up = time.monotonic() + services.PATIENCE
    while len(told) < 2 and time.monotonic() < give_up:
        tabs[0].composer.press_sequentially("on and ", delay=30)
    for desk in desks:
        expect(desk.typing).to_be_visible()
    assert len(told) == 2
    assert told[1] - told[0] > 2.5
    for desk in desks:
        expect(desk.typing).not_to_be_visible(timeout=9_000)
    assert 4 < time.monotonic() - told[1] < 9
    assert len(told) == 2
    tabs[0].composer.fill("")  # nothing is written any more
    tabs[0].say("I am done")
    desks[0].shows("hello", "I am done")
    assert len(told) == 3


def test_who_goes_on_writing_after_a_message_is_seen_typing_again_at_once(
    visitor: Visitor, open_desk: OpenDesk
) -> None:
    (tab, _), (desk, _) = two_sides(visitor, open_desk)
    with tab.page.expect_request("**/typing"):
        tab.say("One thing first")
    desk.shows("hello", "One thing first")
    with tab.page.expect_request("**/typing", timeout=2_000):
        write(tab, "and")
    expect(desk.typing).to_be_visible()


def test_in_a_group_several_are_typing_and_only_there(
    visitor: Visitor, colleague: Colleague, open_desk: OpenDesk
) -> None:
    tabs, desks = two_sides(visitor, open_desk)
    ben, _ = colleague.joins(tabs[0].invite(), "Ben")
    write(ben, "I")
    for room in (*tabs, *desks):
        expect(room.typing).to_have_text("Ben is typing…")
    write(desks[0], "We")
    for tab in tabs:
        expect(tab.typing).to_have_text(re.compile("^Ben and .* are typing…$"))
    expect(desks[1].typing).to_have_text("Ben is typing…")
    ben.choose(re.compile("^Support$"))
    expect(ben.typing).not_to_be_visible()


def test_visitor_and_agent_see_each_other_come_and_go(visitor: Visitor, open_desk: OpenDesk) -> None:
    one = visitor.tab().open()
    one.say("hello")
    one.shows("hello")
    two = visitor.tab().connected()
    for tab in (one, two):
        expect(tab.heading.locator("[data-online]")).to_have_attribute("data-online", "false", timeout=10_000)
    desk, other = open_desk(), open_desk()
    for tab in (one, two):
        expect(tab.heading).to_contain_text("Online")
    for it in (desk, other):
        it.open(one)
        expect(it.heading).to_contain_text("Online")
    two.page.close()
    one.page.goto(f"{visitor.shop}/about")  # a page of the same shop: nobody has gone
    one.connected()
    desk.say("still here?")
    one.shows("hello", "still here?")
    for it in (desk, other):
        expect(it.heading).to_contain_text("Online")
    one.page.close()
    for it in (desk, other):
        expect(it.heading).to_contain_text("Last seen now", timeout=12_000)
    back = visitor.tab().connected()
    for it in (desk, other):
        expect(it.heading).to_contain_text("Online")
    desk.page.close()
    expect(back.heading).to_contain_text("Online")
    other.page.close()
    expect(back.heading).not_to_contain_text("Online", timeout=12_000)
