"""What can be done with a message, and that it shows in every tab of both sides."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests import services
from tests.browser.people import ChatPage, Inbox, Visitor

PROMPT = "Do you have the teapot?"
ANSWER = "Yes, *two* are left."
SEEN = "Yes, two are left."


class Talk:
    """A visitor and an agent who have spoken, each with two tabs that show it."""

    def __init__(self, visitor: Visitor, open_inbox: Callable[[], Inbox]):
        one = visitor.tab().open()
        one.send(PROMPT)
        one.shows(PROMPT)
        self.visitor = [one, visitor.tab().connected()]
        self.inboxes = [open_inbox(), open_inbox()]
        for inbox in self.inboxes:
            inbox.open(one)
        self.inboxes[0].reply(ANSWER)
        self.all: list[ChatPage] = [*self.visitor, *self.inboxes]
        self.name = one.name
        self.show(PROMPT, SEEN)

    def show(self, *texts: str) -> None:
        for chat_page in self.all:
            chat_page.shows(*texts)


@pytest.fixture
def talk(visitor: Visitor, open_inbox: Callable[[], Inbox]) -> Talk:
    return Talk(visitor, open_inbox)


def each(chat_pages: Iterable[ChatPage], locate: Callable[[ChatPage], Locator], text: str) -> None:
    for chat_page in chat_pages:
        expect(locate(chat_page)).to_have_text(text)


def test_an_answer_quotes_a_message_and_leads_to_it(talk: Talk) -> None:
    one, inbox = talk.visitor[1], talk.inboxes[0]
    one.reply_to(SEEN, "Then keep one for me")
    talk.show(PROMPT, SEEN, "Then keep one for me")
    each(talk.all, lambda it: it.message("Then keep one for me").locator(".quote span"), SEEN)
    expect(one.document.locator("#composer-context")).not_to_be_visible()
    for number in range(25):
        inbox.reply(f"line {number}")
    expect(inbox.message("line 24")).to_be_visible()
    one.message("Then keep one for me").locator(".quote").scroll_into_view_if_needed()
    one.bring_to_front()
    one.message("Then keep one for me").locator(".quote").click()
    expect(one.message(SEEN)).to_be_in_viewport()
    expect(one.message(SEEN)).to_have_class(re.compile("highlighted"))


def test_an_edit_shows_in_every_tab_and_in_what_quotes_the_message(talk: Talk) -> None:
    one, inbox = talk.visitor[0], talk.inboxes[1]
    inbox.reply_to(PROMPT, "Which one?")
    talk.show(PROMPT, SEEN, "Which one?")
    one.edit(PROMPT, "Do you have the *blue* teapot?")
    talk.show("Do you have the blue teapot?", SEEN, "Which one?")
    each(talk.all, lambda it: it.message("Do you have the blue teapot?").locator(".edited"), "Edited")
    each(talk.all, lambda it: it.message("Which one?").locator(".quote span"), "Do you have the blue teapot?")
    expect(one.composer).to_have_value("")


def test_arrow_up_edits_ones_last_message_and_escape_leaves_it_as_it_is(talk: Talk) -> None:
    one, inbox = talk.visitor[0], talk.inboxes[0]
    one.composer.press("ArrowUp")
    expect(one.composer).to_have_value(PROMPT)
    one.composer.press("Escape")
    expect(one.composer).to_have_value("")
    expect(one.frame).to_be_visible()
    inbox.composer.press("ArrowUp")
    expect(inbox.composer).to_have_value(ANSWER)  # as it was written
    inbox.send("No, they are _gone_.")
    talk.show(PROMPT, "No, they are gone.")
    each(talk.all, lambda it: it.message("No, they are gone.").locator(".edited"), "Edited")
    # What was begun before is still there afterwards.
    one.composer.fill("half a thought")
    one.menu(PROMPT).get_by_role("button", name="Edit").click()
    expect(one.composer).to_have_value(PROMPT)
    one.document.get_by_role("button", name="Cancel").click()
    expect(one.composer).to_have_value("half a thought")


def test_a_deleted_message_is_gone_for_everybody_and_everywhere(talk: Talk) -> None:
    one, inbox = talk.visitor[1], talk.inboxes[0]
    inbox.reply_to(PROMPT, "Which one?")
    talk.show(PROMPT, SEEN, "Which one?")
    one.send("a secret")
    talk.show(PROMPT, SEEN, "Which one?", "a secret")
    one.react("a secret", "👍")
    for chat_page in talk.all:
        expect(chat_page.message("a secret").locator(".reaction")).to_have_count(1)
    one.delete("a secret")
    one.delete(PROMPT)
    gone = "This message was deleted."
    talk.show(gone, SEEN, "Which one?", gone)
    each(talk.all, lambda it: it.message("Which one?").locator(".quote span"), "Deleted message")
    for chat_page in talk.all:
        expect(chat_page.document.locator(".reaction")).to_have_count(0)
        expect(chat_page.document.get_by_text("a secret")).to_have_count(0)
    for it in talk.inboxes:
        expect(it.entry(talk.name)).to_contain_text("Deleted message")
    menu = inbox.menu(inbox.messages.last)
    assert menu.get_by_role("button").evaluate_all("(all) => all.map((it) => it.ariaLabel)") == ["Close"]


def test_nobody_can_change_what_another_has_written(talk: Talk) -> None:
    for chat_page, text in ((talk.visitor[0], SEEN), (talk.inboxes[0], PROMPT)):
        menu = chat_page.menu(text)
        expect(menu.get_by_role("button", name="Reply")).to_be_visible()
        expect(menu.get_by_role("button", name="Edit")).to_have_count(0)
        expect(menu.get_by_text("Delete for everybody")).to_have_count(0)


def test_a_message_is_forwarded_to_another_conversation(talk: Talk) -> None:
    one, two = talk.visitor
    title = f"Orders {uuid.uuid4().hex[:6]}"
    one.new_group(title)
    two.forward(SEEN, title)
    created = f"{talk.name} created the group “{title}”."
    for tab in talk.visitor:
        tab.shows(created, SEEN)
        expect(tab.message(SEEN)).to_contain_text("Forwarded")
        expect(tab.message(SEEN)).to_have_attribute("data-mine", "true")
    talk.inboxes[1].choose(title)
    talk.inboxes[1].shows(created, SEEN)
    expect(talk.inboxes[1].message(SEEN).locator("strong")).to_have_text("two")


def test_the_team_bears_the_name_that_the_site_gives_it_also_where_one_forwards_to(talk: Talk) -> None:
    one = talk.visitor[0]
    expect(one.about().get_by_role("heading", level=2)).to_have_text("Millrace Pottery")
    one.close_sheet()
    one.new_group(f"Orders {uuid.uuid4().hex[:6]}")
    one.send("to be passed on")
    one.menu("to be passed on").get_by_role("button", name="Forward").click()
    expect(one.sheet.get_by_role("button", name="Millrace Pottery")).to_be_visible()


def test_the_text_is_copied_as_it_was_written(talk: Talk) -> None:
    for chat_page in (talk.visitor[0], talk.inboxes[0]):
        chat_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        chat_page.menu(SEEN).get_by_role("button", name="Copy text").click()
        expect(chat_page.sheet.get_by_role("button", name="Copied")).to_be_visible()
        assert chat_page.page.evaluate("() => navigator.clipboard.readText()") == ANSWER
        expect(chat_page.sheet).not_to_be_visible()
        chat_page.page.evaluate("() => navigator.clipboard.writeText('')")


def test_reactions_from_both_sides_are_counted_named_and_taken_back(talk: Talk) -> None:
    one, inbox = talk.visitor[0], talk.inboxes[1]

    def reaction(chat_page: ChatPage) -> Locator:
        return chat_page.message(SEEN).locator(".reaction")

    one.react(SEEN, "❤️")
    for chat_page in talk.all:
        expect(reaction(chat_page)).to_have_text("❤️")
        expect(reaction(chat_page)).to_have_accessible_name(f"❤️ {talk.name}")
        expect(reaction(chat_page)).to_have_attribute("aria-pressed", str(chat_page in talk.visitor).lower())
    # A click on what is there joins in; another one takes it back.
    inbox.bring_to_front()
    reaction(inbox).click()
    each(talk.all, reaction, "❤️ 2")
    reaction(talk.inboxes[0]).click()
    each(talk.all, reaction, "❤️")
    talk.visitor[1].bring_to_front()
    reaction(talk.visitor[1]).click()
    for chat_page in talk.all:
        expect(reaction(chat_page)).to_have_count(0)


def test_any_emoji_of_the_picker_can_be_put_on_a_message_in_place_of_the_last(talk: Talk) -> None:
    one = talk.visitor[0]
    one.react(SEEN, "👍")
    one.menu(SEEN).get_by_role("button", name="Another emoji").click()
    one.document.get_by_label("Search emoji").fill("party popper")
    one.document.get_by_label("Search emoji").press("Enter")
    expect(one.sheet).not_to_be_visible()
    each(talk.all, lambda it: it.message(SEEN).locator(".reaction"), "🎉")
    # And into what one writes.
    inbox = talk.inboxes[0]
    inbox.composer.fill("tea: ")
    inbox.bring_to_front()
    inbox.page.get_by_role("button", name="Emoji").click()
    inbox.page.get_by_label("Search emoji").fill("party popper")
    inbox.page.get_by_label("Search emoji").press("Enter")
    expect(inbox.composer).to_have_value("tea: 🎉")
    expect(inbox.composer).to_be_focused()


def test_what_is_written_is_drawn_and_never_run(talk: Talk, new_context: Callable[..., BrowserContext]) -> None:
    one = talk.visitor[0]
    one.send("*bold* _italic_ `co*d*e` 2*3*4 https://example.com/a_b?c=d")
    one.send("```\nline one\n  line <two>\n```")
    for chat_page in talk.all:
        body = chat_page.messages.nth(2).locator(".body")
        expect(body).to_have_text("bold italic co*d*e 2*3*4 https://example.com/a_b?c=d")
        expect(body.locator("strong")).to_have_text("bold")
        expect(body.locator("em")).to_have_text("italic")
        expect(body.locator("code")).to_have_text("co*d*e")
        link = body.get_by_role("link")
        expect(link).to_have_attribute("href", "https://example.com/a_b?c=d")
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
        expect(chat_page.messages.nth(3).locator("pre")).to_have_text("line one\n  line <two>", use_inner_text=True)
    for chat_page in talk.all:
        chat_page.page.on("dialog", lambda it: pytest.fail(f"a script ran: {it.message}"))
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)> javascript:alert(3)"
    talk.inboxes[0].send(nasty)
    for chat_page in talk.all:
        expect(chat_page.messages.last.locator(".body")).to_have_text(nasty)
        expect(chat_page.messages.last.locator(".body *")).to_have_count(0)


def test_emoji_alone_are_large(talk: Talk) -> None:
    talk.inboxes[0].send("🎉🫖")
    talk.visitor[0].send("🎉 nice")

    def height(chat_page: ChatPage, text: str) -> float:
        size: float = (
            chat_page.message(text).locator(".body").evaluate("(it) => parseFloat(getComputedStyle(it).fontSize)")
        )
        return size

    for chat_page in talk.all:
        expect(chat_page.message("🎉 nice")).to_be_visible()
        # What has just been sent is replaced by what the server makes of it, perhaps while it is measured.
        services.wait_for(lambda it=chat_page: height(it, "🎉🫖") > 2 * height(it, "🎉 nice"), "large emoji")  # type: ignore[misc]
