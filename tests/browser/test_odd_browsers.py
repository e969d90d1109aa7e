"""Browsers with an odd language, clock or file, or on a page without https: what cannot be done is told in words."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.people import Inbox, Visitor

ODD_BROWSER = """
  Object.defineProperty(navigator, "language", { get: () => "C" });
  const Now = Date;
  globalThis.Date = class extends Now {
    constructor(...given) { super(...(given.length ? given : [Now.now() - 86_400_000])); }
    static now() { return Now.now() - 86_400_000; }
  };
"""


def test_a_language_that_intl_refuses_and_a_clock_that_is_a_day_slow_stop_nothing(
    visitor: Visitor, inbox: Inbox
) -> None:
    for context in (visitor.context, inbox.page.context):
        context.add_init_script(ODD_BROWSER)
    inbox.page.reload()
    inbox.connected()
    tab = visitor.tab().open()
    tab.page.evaluate("() => ChatPopup.setLocale('de_DE')")
    tab.send("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning")
        expect(chat_page.messages.last.locator("time").first).not_to_be_empty()
        day = chat_page.document.locator("[data-day]").first
        expect(day).not_to_be_empty()
        assert "morrow" not in day.inner_text()
        assert "orgen" not in day.inner_text()


def test_an_error_in_drawing_is_told_once_and_the_stream_goes_on(visitor: Visitor, inbox: Inbox) -> None:
    told: list[str] = []
    visitor.context.on("console", lambda it: told.append(it.text) if "drawing" in it.text else None)
    for context in (visitor.context, inbox.page.context):
        context.add_init_script("Intl.RelativeTimeFormat = function () { throw new RangeError('drawing'); }")
    inbox.page.reload()
    inbox.connected()
    tab = visitor.tab().open()
    tab.send("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    tab.shows("hello", "good morning")
    tab.launcher.click()
    inbox.reply("are you there?")
    expect(tab.badge).to_have_text("1")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning", "are you there?")
    assert len(told) == 1


def test_without_https_recording_the_camera_and_copying_say_why_they_cannot(visitor: Visitor) -> None:
    visitor.context.add_init_script("""
      Object.defineProperty(window, "isSecureContext", { value: false });
      for (const name of ["mediaDevices", "clipboard", "locks"])
        Object.defineProperty(navigator, name, { value: undefined });
    """)
    tab = visitor.tab().open()
    reason = tab.popup.get_by_role("alert").filter(has_text="secure page (https)")
    tab.popup.get_by_test_id("record").click()
    expect(reason).to_contain_text("Recording needs")
    tab.popup.get_by_test_id("camera").click()
    expect(reason).to_contain_text("The camera needs")
    tab.send("copy me")
    tab.shows("copy me")
    tab.menu("copy me").get_by_role("button", name="Copy text").click()
    expect(tab.sheet).to_contain_text("Copying needs a secure page (https)")


UNREADABLE = "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError')); }"
DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "Holiday"));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


def test_what_cannot_be_read_is_told_from_what_cannot_be_reached(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.popup.get_by_test_id("file-input").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    expect(tab.popup.get_by_test_id("send")).to_be_enabled()
    tab.popup.locator("body").evaluate(UNREADABLE)
    tab.popup.get_by_test_id("send").click()
    expect(tab.messages).to_contain_text("The file cannot be read any more")
    tab.popup.locator("body").evaluate(DROP)  # a folder looks like a file
    expect(tab.popup.locator("#composer-note")).to_contain_text("“Holiday” cannot be read.")
