"""What is told to those who hear the page, and what is not."""

from __future__ import annotations

from playwright.sync_api import expect

from tests import services
from tests.browser.pages import more
from tests.browser.people import ChatPage, Tab, Visitor


def test_a_new_message_is_told_once_by_name_and_words_and_ones_own_is_not(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    tab.page.reload()  # history is not told
    tab.shows("hello", "good morning")
    told = """() => {
      globalThis.told = [];
      const note = ({ target }) => {
        const element = target.closest ? target : target.parentElement;
        const region = element?.closest("[role=status], [aria-live=polite]");
        const words = region?.textContent.trim();
        if (words && told.at(-1) !== words) told.push(words);
      };
      const options = { subtree: true, childList: true, characterData: true };
      new MutationObserver((changes) => changes.forEach(note)).observe(document.body, options);
    }"""
    body = tab.document.locator("body")
    body.evaluate(told)
    tab.send("my own words")
    inbox.shows("hello", "good morning", "my own words")
    inbox.composer.press_sequentially("is seen typing")  # and that is not told
    expect(tab.typing).to_be_visible()
    inbox.send("their words")
    services.wait_for(lambda: body.evaluate("() => told.length"), "the announcement")
    tab.send("and mine again")
    tab.shows("hello", "good morning", "my own words", "their words", "and mine again")
    name = tab.message("their words").locator(".sender").text_content()
    assert body.evaluate("() => told") == [f"{name}: their words"]
    expect(tab.message("good morning")).to_have_accessible_name(f"{name}:")
    expect(more(tab, "good morning")).to_have_accessible_name(f"What to do with this message: {name}, good morning")


def test_while_it_is_closed_the_bubble_says_how_much_is_unread_and_each_message_is_told_once(
    chat_pages: list[ChatPage], visitor: Visitor
) -> None:
    tab, inbox = chat_pages
    assert isinstance(tab, Tab)
    name = tab.message("good morning").locator(".sender").text_content()
    beside = visitor.tab().connected()  # a window beside it, which has not the focus
    beside.blur()
    told = tab.page.get_by_role("status")  # what is on the page itself: in a frame that is hidden nothing is heard
    for region in (told, beside.page.get_by_role("status")):
        region.evaluate(
            """(it) => {
              globalThis.told = [];
              new MutationObserver(() => it.textContent && globalThis.told.push(it.textContent))
                .observe(it, { childList: true });
            }"""
        )
    inbox.send("while it is open")
    for it in (tab, beside):
        expect(it.message("while it is open")).to_be_visible()
    region = "p.visually-hidden[role=status]"
    expect(tab.document.locator(region)).to_contain_text("while it is open")
    expect(beside.document.locator(region)).to_have_count(0)
    tab.close_popup()
    for words in ("one", "two"):
        inbox.send(words)
        expect(told).to_have_text(f"New message. {name}: {words}")
    expect(tab.badge).to_have_text("2")
    expect(tab.launcher).to_have_accessible_name("Open Millrace Pottery, 2 unread")
    expect(told).to_be_empty()
    assert tab.page.evaluate("() => told") == [f"New message. {name}: one", f"New message. {name}: two"]
    assert beside.page.evaluate("() => told") == []
