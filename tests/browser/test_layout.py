"""What people see stays where it belongs, on narrow screens and with any colour of a site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests import services
from tests.browser.people import Inbox, PopupWindow, Visitor

CODE = "```\nfor (const long of document.querySelectorAll('.a-very-long-selector-indeed')) console.log(long)\n```"

OUTSIDE = """(box) => [...box.querySelectorAll(".message, .message *")].filter((it) => {
  const { left, right, width } = it.getBoundingClientRect();
  return width > 1 && (left < 0 || right > innerWidth || it.scrollWidth > it.clientWidth + 1 && it.matches("pre"));
}).map((it) => it.outerHTML.slice(0, 80))"""
"""The elements in messages that reach over the window's edges, or hide a part of themselves."""


def test_long_lines_of_code_stay_within_their_bubbles(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send(CODE)
    inbox.open(tab)
    inbox.reply(CODE)
    expect(tab.messages.locator("pre")).to_have_count(2)
    for width in (1280, 390, 320):
        tab.page.set_viewport_size({"width": width, "height": 800})
        assert tab.document.locator("#messages").evaluate(OUTSIDE) == []


EDGES = """(root) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((it) => it / 255)
      .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const surface = getComputedStyle(document.body).backgroundColor;
  const { backgroundColor, outlineColor } = getComputedStyle(root.querySelector("[data-mine=true] .bubble"));
  const edge = outlineColor === "rgba(0, 0, 0, 0)" ? 1 : contrast(outlineColor, surface);
  const ticks = getComputedStyle(root.querySelector(".ticks")).color;
  return [Math.max(contrast(backgroundColor, surface), edge), contrast(ticks, surface)];
}"""
"""How much one's own bubble, or the line around it, stands out from the surface; and its ticks."""


PLACEHOLDER_FITS = """(it) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.font = getComputedStyle(it).font;
  return canvas.measureText(it.placeholder).width + 16 <= it.clientWidth;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_any_color_of_a_site_a_bubble_stands_out_and_the_name_is_whole(
    scheme: str, chat: services.ChatServer, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})
    window = PopupWindow(context.new_page(), f"{chat.url}/popup")
    window.connected()
    window.send("hello")
    window.shows("hello")
    window.page.wait_for_function("() => document.querySelector('#head .presence').textContent.trim()")
    for color in ("ffd400", "e5e5e5", "111111", "d00000", "ffffff", "17191d"):
        window.page.goto(f"{chat.url}/popup?color={color}")
        window.connected()
        window.shows("hello")
        bubble, ticks = window.page.locator("body").evaluate(EDGES)
        assert bubble >= 1.5, (color, bubble)
        assert ticks >= 3, (color, ticks)
    cut = window.page.locator(".head-words").evaluate("(it) => it.firstElementChild.scrollWidth > it.clientWidth")
    assert not cut


def test_for_fingers_the_composers_buttons_are_44_pixels_and_its_label_is_whole(
    chat: services.ChatServer, new_context: Callable[..., BrowserContext], inbox: Inbox
) -> None:
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    context.add_cookies(inbox.page.context.cookies())  # type: ignore[arg-type]
    window = PopupWindow(context.new_page(), f"{chat.url}/popup")
    window.connected()
    window.send("hello")
    window.shows("hello")
    name = str(window.page.locator("#session").get_attribute("data-name"))
    agent = Inbox(context.new_page(), f"{chat.url}/inbox")
    agent.choose(name)
    agent.reply("good morning")  # what one has answered is one's own
    expect(agent.page.get_by_test_id("assign")).to_have_count(0)
    row = agent.page.get_by_test_id("resolve"), agent.page.get_by_test_id("assignee")
    assert len({it.evaluate("(it) => it.getBoundingClientRect().top") for it in row}) == 1
    for page, width in ((window.page, 390), (window.page, 320), (agent.page, 390), (agent.page, 320)):
        page.set_viewport_size({"width": width, "height": 800})
        sizes = page.locator(".composer-row > button").evaluate_all(
            "(all) => all.map((it) => Math.min(it.offsetWidth, it.offsetHeight))"
        )
        # Seven in a row of 286 pixels are as large as there is room.
        assert min(sizes) >= (40 if (page, width) == (agent.page, 320) else 44)
        assert page.locator("#composer-text").evaluate(PLACEHOLDER_FITS)
        assert page.locator(".composer-row").evaluate("(it) => it.offsetHeight") < 100


def test_what_is_new_is_shown_from_its_beginning_when_the_popup_is_opened(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("anybody there?")
    inbox.open(tab)
    tab.close_popup()
    for count in range(1, 16):
        inbox.reply(f"line {count}\\nand more")
    expect(tab.badge).to_have_text("15")
    tab.open_popup()
    expect(tab.document.get_by_text("New messages")).to_be_in_viewport()
    expect(tab.message("line 1\\nand more")).to_be_in_viewport()
