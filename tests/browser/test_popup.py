"""The popup in the hands of a person: keys, scrolling, small screens, what assistive technology is told."""

from __future__ import annotations

from collections.abc import Callable
from zipfile import ZipFile

from playwright.sync_api import expect

from tests import api, services
from tests.browser.people import Inbox, Visitor


def test_enter_sends_shift_enter_breaks_the_line_and_escape_closes(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    expect(tab.composer).to_be_focused()
    page = tab.page
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    tab.shows("one\ntwo")
    expect(tab.composer).to_have_value("")
    page.keyboard.press("Escape")
    expect(tab.frame).not_to_be_visible()
    expect(tab.launcher).to_be_focused()


def test_the_send_button_wakes_when_there_is_something_to_send(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    send = tab.popup.get_by_test_id("send")
    expect(send).to_be_disabled()
    tab.composer.fill("   ")
    expect(send).to_be_disabled()
    tab.composer.fill("hi")
    send.click()
    tab.shows("hi")
    tab.composer.fill("x" * 8001)
    expect(send).to_be_disabled()
    expect(tab.popup.get_by_role("alert").first).to_have_text(
        "A message has at most 8,000 characters; this one has 8,001."
    )


def test_the_composer_grows_with_its_text_up_to_six_lines(visitor: Visitor) -> None:
    tab = visitor.tab().open()

    def height() -> float:
        box = tab.composer.bounding_box()
        assert box is not None
        return box["height"]

    one = height()
    tab.composer.fill("\n".join("abc"))
    assert height() > one + 30
    tab.composer.fill("\n".join("abcdef"))
    six = height()
    tab.composer.fill("\n".join("abcdefghijkl"))
    assert height() == six


def test_what_a_reader_of_the_screen_is_told(visitor: Visitor) -> None:
    tab = visitor.tab()
    expect(tab.launcher).to_have_attribute("aria-expanded", "false")
    expect(tab.launcher).to_have_attribute("aria-label", "Open Millrace Pottery")
    tab.open()
    expect(tab.launcher).to_have_attribute("aria-expanded", "true")
    expect(tab.popup.get_by_role("log", name="Messages")).to_be_attached()
    expect(tab.popup.get_by_role("textbox", name="Write a message…")).to_be_visible()
    expect(tab.popup.get_by_role("button", name="Send")).to_be_visible()
    tab.send("hello")
    tab.shows("hello")
    expect(tab.popup.get_by_test_id("message").get_by_text("Sent", exact=True)).to_be_attached()


def test_older_messages_come_in_above_without_moving_what_is_read(visitor: Visitor, chat: services.ChatServer) -> None:
    tab = visitor.tab().open()
    tab.send("question 0")
    tab.shows("question 0")
    agent = api.agent(chat)
    theirs = next(it for it in agent.conversations() if it["last"]["body"] == "question 0")["id"]
    for number in range(1, 90):
        agent.send(f"answer {number}", theirs)
    expect(tab.messages.last).to_contain_text("answer 89")
    tab.page.reload()
    tab.connected()
    expect(tab.messages).to_have_count(40)
    tab.messages.filter(has_text="answer 50").scroll_into_view_if_needed()
    expect(tab.messages).to_have_count(80)
    expect(tab.messages.filter(has_text="answer 50")).to_be_in_viewport()
    tab.messages.first.scroll_into_view_if_needed()
    expect(tab.messages).to_have_count(90)
    expect(tab.messages.first).to_contain_text("question 0")
    numbers = tab.messages.evaluate_all("(all) => all.map((it) => Number(it.dataset.seq))")
    assert numbers == list(range(1, 91))


def test_a_reader_of_old_messages_stays_there_and_is_told_of_new_ones(
    visitor: Visitor, chat: services.ChatServer
) -> None:
    tab = visitor.tab().open()
    tab.send("begin")
    tab.shows("begin")
    agent = api.agent(chat)
    theirs = next(it for it in agent.conversations() if it["last"]["body"] == "begin")["id"]
    for number in range(20):
        agent.send(f"answer {number}", theirs)
    expect(tab.messages.last).to_contain_text("answer 19")
    expect(tab.messages.last).to_be_in_viewport()
    tab.messages.first.scroll_into_view_if_needed()
    agent.send("one more", theirs)
    pill = tab.popup.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    expect(tab.messages.first).to_be_in_viewport()
    pill.click()
    expect(tab.messages.last).to_be_in_viewport()
    expect(pill).not_to_be_visible()


def test_on_a_phone_the_popup_fills_the_screen_and_has_its_own_way_out(new_visitor: Callable[..., Visitor]) -> None:
    visitor = new_visitor()
    tab = visitor.tab()
    tab.page.set_viewport_size({"width": 390, "height": 740})
    tab.open()
    expect(tab.launcher).not_to_be_visible()
    services.wait_for(
        lambda: tab.frame.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 740}, "the whole screen"
    )
    tab.popup.get_by_role("button", name="Close chat").click()
    expect(tab.frame).not_to_be_visible()
    expect(tab.launcher).to_be_visible()


def test_a_visitor_saves_a_conversation_ends_it_and_deletes_their_data_and_an_agent_deletes_a_visitor(
    visitor: Visitor, inbox: Inbox
) -> None:
    tab, other = visitor.tab().open(), visitor.tab().connected()
    tab.send("keep this")
    tab.shows("keep this")
    with tab.page.expect_download() as saved:
        tab.about().get_by_test_id("download-conversation").click()
    with ZipFile(saved.value.path()) as archive:
        assert "keep this" in archive.read("index.html").decode()
    for what, words in (("end-session", "a new one"), ("delete-my-data", "somebody new")):
        sheet = tab.about()
        sheet.get_by_test_id(what).click()
        sheet.get_by_test_id(f"{what}-yes").click()
        for each in (tab, other):
            expect(each.document.locator(".greeting")).to_be_visible()
            each.shows()
        tab.send(words)
        other.shows(words)
    inbox.open(tab)
    inbox.shows("somebody new")
    inbox.page.get_by_test_id("erase-person").click()
    inbox.page.get_by_test_id("erase-person-yes").click()
    expect(inbox.page.get_by_text("Choose a conversation.")).to_be_visible()
    expect(tab.document.locator(".greeting")).to_be_visible()
