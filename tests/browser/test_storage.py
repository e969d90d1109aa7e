"""What the browser keeps: also when its storage is full or blocked, and when two tabs write at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import Inbox, Visitor

WITHOUT_STORAGE = {
    "full": """Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };""",
    "blocked": """Object.defineProperty(window, "localStorage", {
      get: () => { throw new DOMException("Access is denied.", "SecurityError"); },
    });""",
}


@pytest.mark.parametrize("how", WITHOUT_STORAGE)
def test_without_storage_no_message_is_lost_and_the_visitor_stays_the_same(
    visitor: Visitor, inbox: Inbox, how: str
) -> None:
    visitor.context.add_init_script(WITHOUT_STORAGE[how])
    tab = visitor.tab().open()
    tab.send("one")
    tab.shows("one")
    with tab.page.expect_response(lambda it: it.url.endswith("/w/session") and it.request.method == "POST"):
        tab.page.evaluate("(name) => ChatPopup.setAttributes({ name })", f"Ada, {how}")
    tab.connected()
    tab.send("two")
    tab.shows("one", "two")
    inbox.open(tab)
    inbox.shows("one", "two")


def test_when_storage_has_become_full_what_is_written_offline_is_sent_later(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("online")
    tab.shows("online")
    visitor.context.set_offline(True)
    tab.send("still chat_page")
    tab.popup.locator("body").evaluate(f"() => {{ {WITHOUT_STORAGE['full']} }}")
    tab.send("no chat_page")
    expect(tab.popup.locator("[data-testid=message][data-waiting]")).to_have_count(2)
    visitor.context.set_offline(False)
    tab.shows("online", "still chat_page", "no chat_page")
    inbox.open(tab)
    inbox.shows("online", "still chat_page", "no chat_page")


WRITE_TOGETHER = """(text, name) => {
  const write = () => {
    for (let count = 1; count <= 15; count++) {
      text.value = `${name} ${count}`;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.form.requestSubmit();
    }
  };
  const channel = new BroadcastChannel("write-together");
  channel.onmessage = write;
  if (name === "second") channel.postMessage(""), write();
}"""


def test_two_tabs_that_write_at_once_offline_lose_nothing_and_keep_their_order(visitor: Visitor, inbox: Inbox) -> None:
    first = visitor.tab().open()
    first.send("online")
    first.shows("online")
    second = visitor.tab().connected()
    second.shows("online")
    visitor.context.set_offline(True)
    first.composer.evaluate(WRITE_TOGETHER, "first")
    second.composer.evaluate(WRITE_TOGETHER, "second")
    for tab in (first, second):
        expect(tab.messages).to_have_count(31)
    visitor.context.set_offline(False)
    inbox.open(first)
    expect(inbox.messages).to_have_count(31, timeout=60_000)
    texts = inbox.messages.locator(".body").all_inner_texts()
    for name in ("first", "second"):
        assert [it for it in texts if it.startswith(name)] == [f"{name} {count}" for count in range(1, 16)]
