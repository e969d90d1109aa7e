"""The chat in a window of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import connected, popup


@pytest.mark.parametrize("opener", ["same-origin", "unsafe-none"])
def test_a_popped_out_window_goes_on_as_the_same_visitor_also_cut_off_from_its_page_and_never_begins_another(
    page_with: Callable[..., Page], opener: str
) -> None:
    page = page_with("<!doctype html>SCRIPT", Cross_Origin_Opener_Policy=opener)
    page.get_by_test_id("launcher").click()
    connected(page)
    popup(page).get_by_test_id("composer").fill("in the page")
    popup(page).get_by_test_id("composer").press("Enter")
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    page.evaluate("() => { window.really = open; window.open = () => null; ChatPopup.popout(); }")
    expect(popup(page).locator("#composer-note")).to_contain_text("The browser has blocked the window.")
    expect(page.get_by_test_id("popup")).to_be_visible()
    with page.context.expect_page() as opened:
        page.evaluate("() => { window.open = really; ChatPopup.popout(); }")
    window = opened.value
    expect(window.get_by_test_id("message")).to_contain_text("in the page")
    expect(page.get_by_test_id("popup")).not_to_be_visible()
    # The ticket is spent, and the token is kept for this window alone.
    assert window.evaluate("() => [location.hash, localStorage.token]") == ["#popout", None]
    window.reload()
    expect(window.get_by_test_id("message")).to_contain_text("in the page")
    page.evaluate("() => ChatPopup.reset()")
    expect(window.get_by_role("alert")).to_contain_text("Please go on in the page")
    expect(window.get_by_role("link", name="Back to the page")).to_have_attribute("href", page.url)
    expect(window.get_by_test_id("composer")).not_to_be_visible()
    window.reload()
    expect(window.get_by_role("alert")).to_contain_text("Please go on in the page")


STRANGER = """<!doctype html><script>
  window.heard = [];
  const offer = (to) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: { type } }) => {
      heard.push(type);
      const session = { type: "session", token: "theirs", profile: {}, page: [location.href] };
      port1.postMessage(type === "get-session" ? session : { type: "session-saved" });
    };
    to.postMessage({ chatpopup: "port", open: true, focus: true }, "*", [port2]);
  };
  addEventListener("message", ({ source }) => offer(source));
  const trap = (hash) => {
    const chat = open("CHAT/popup" + hash);
    setInterval(() => offer(chat), 50);
  };
</script>"""


def test_a_window_takes_no_token_from_the_page_that_has_opened_it_and_gives_it_none(
    page_with: Callable[..., Page],
) -> None:
    page = page_with(STRANGER)
    for fragment in ("", "#popout", "#popout=made-up"):
        with page.context.expect_page() as opened:
            page.evaluate("(it) => trap(it)", fragment)
        if fragment:
            expect(opened.value.get_by_role("alert")).to_contain_text("Please go on in the page")
        else:
            expect(opened.value.get_by_test_id("connection")).to_have_attribute("data-state", "online")
            assert opened.value.evaluate("() => JSON.parse(localStorage.token).length") > len("theirs")
    assert page.evaluate("() => heard") == []
