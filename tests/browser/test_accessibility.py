"""Without a mouse: what Escape closes, where the focus is, and what is told to those who hear the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests import api, services
from tests.browser.people import ChatPage, Inbox, PopupWindow, Tab, Visitor

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOR_RULES = ["color-contrast", "link-in-text-block"]


@pytest.fixture
def chat_pages(visitor: Visitor, inbox: Inbox) -> list[ChatPage]:
    """A visitor and an agent who have both said something."""
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning")
    return [tab, inbox]


def more(chat_page: ChatPage, text: str) -> Locator:
    return chat_page.message(text).get_by_role("button", name="What to do with this message")


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


MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 384, "height": 680}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 384, "height": 680}},
    # 1280 pixels at 400 %, with the space between letters, words and lines that somebody may need.
    "narrow": {"forced_colors": "active", "viewport": {"width": 320, "height": 640}},
}
SPACING = """addEventListener("DOMContentLoaded", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important }"
    + "* { word-spacing: .16em !important } p { margin-block-end: 2em !important }");
  document.adoptedStyleSheets = [sheet];
})"""
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


def check(page: Page, state: str) -> None:
    """axe finds nothing on the page as it is now, and nobody has to scroll sideways."""
    # What is fading in has too little contrast for a moment.
    page.evaluate("() => document.getAnimations().forEach((it) => it.effect.getTiming().iterations < 9 && it.finish())")
    dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    rules = COLOR_RULES if dark else RULES  # all but colors is the same in the dark
    violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
    assert [(state, it["id"], [node["target"] for node in it["nodes"]]) for it in violations] == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), state


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
    if mode == "narrow":
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


def test_escape_closes_the_sheet_then_what_one_is_about_and_then_the_popup(chat_pages: list[ChatPage]) -> None:
    tab = chat_pages[0]
    assert isinstance(tab, Tab)
    keys = tab.page.keyboard
    tab.menu("good morning").get_by_role("button", name="Reply").click()
    about = tab.document.locator("#composer-context")
    expect(about).to_contain_text("good morning")
    tab.about()
    keys.press("Escape")
    expect(tab.sheet).not_to_be_visible()
    expect(about).to_be_visible()
    expect(tab.frame).to_be_visible()
    tab.composer.focus()
    keys.press("Escape")
    expect(about).not_to_be_visible()
    expect(tab.frame).to_be_visible()
    keys.press("Escape")
    expect(tab.frame).not_to_be_visible()
    expect(tab.launcher).to_be_focused()


def test_escape_closes_the_emoji_picker_and_not_the_sheet_below_it(chat_pages: list[ChatPage]) -> None:
    for chat_page in chat_pages:
        chat_page.menu("good morning" if isinstance(chat_page, Tab) else "hello")
        chat_page.sheet.get_by_role("button", name="Another emoji").click()
        expect(chat_page.document.get_by_label("Search emoji")).to_be_focused()
        chat_page.page.keyboard.press("Escape")
        expect(chat_page.document.get_by_label("Search emoji")).to_have_count(0)
        expect(chat_page.sheet).to_be_visible()
        chat_page.page.keyboard.press("Escape")
        expect(chat_page.sheet).not_to_be_visible()


def test_the_focus_goes_back_to_what_has_opened_the_sheet(chat_pages: list[ChatPage]) -> None:
    for chat_page in chat_pages:
        chat_page.bring_to_front()
        openers = [
            more(chat_page, "hello"),
            chat_page.document.get_by_test_id("about"),
        ]
        for opener in openers:
            opener.focus()
            opener.press("Enter")
            expect(chat_page.sheet).to_be_visible()
            chat_page.page.keyboard.press("Escape")
            expect(chat_page.sheet).not_to_be_visible()
            expect(opener).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(chat_pages: list[ChatPage]) -> None:
    tab, inbox = chat_pages
    keys = tab.page.keyboard
    tab.bring_to_front()
    tab.composer.focus()
    for _ in range(12):  # from the composer back to the last message's menu
        keys.press("Shift+Tab")
        if more(tab, "good morning").evaluate("(it) => it === document.activeElement"):
            break
    expect(more(tab, "good morning")).to_be_focused()
    keys.press("Enter")
    expect(tab.sheet.get_by_role("heading", name="Message")).to_be_visible()
    for _ in range(12):
        keys.press("Tab")
        if tab.sheet.get_by_role("button", name="Reply").evaluate("(it) => it === document.activeElement"):
            break
    keys.press("Enter")
    expect(tab.composer).to_be_focused()
    keys.type("and to you")
    keys.press("Enter")
    expect(inbox.message("and to you").locator(".quote span")).to_have_text("good morning")


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


def test_a_sheet_that_was_closed_stays_closed_when_its_answer_comes_late(
    chat_pages: list[ChatPage], visitor: Visitor
) -> None:
    tab, inbox = chat_pages
    title = f"Late news {uuid.uuid4().hex[:6]}"
    tab.new_group(title)
    other = visitor.tab().connected()
    other.choose(title)
    other.about()
    held: list[Route] = []
    visitor.context.route("**/about", lambda route: held.append(route))
    # What is changed elsewhere is fetched anew for the sheet that is open.
    inbox.choose(title)
    inbox.rename(f"Later {title}")
    expect(other.heading).to_contain_text(f"Later {title}")
    services.wait_for(lambda: other.page.evaluate("() => true") and held, "the sheet's request")
    other.close_sheet()
    with other.page.expect_response("**/about"):
        held[0].continue_()
    other.send("nothing is in the way")
    expect(inbox.message("nothing is in the way")).to_be_visible()
    expect(other.sheet).not_to_be_visible()


def test_a_list_entry_keeps_the_focus_when_it_moves(
    chat_pages: list[ChatPage], new_visitor: Callable[..., Visitor]
) -> None:
    tab, inbox = chat_pages
    assert isinstance(tab, Tab)
    other = new_visitor().tab().open()
    other.send("I come second")
    expect(inbox.entries.first).to_contain_text("I come second")
    link = inbox.entry(tab.name).get_by_role("link")
    inbox.entries.first.get_by_role("link").focus()
    inbox.page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    expect(inbox.page.locator("#list a[tabindex='0']")).to_have_count(1)  # Tab does not pass every row
    tab.send("and now I am first")
    expect(inbox.entries.first).to_contain_text("and now I am first")
    expect(link).to_be_focused()
