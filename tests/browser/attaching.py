"""A visitor and an agent who send each other files, and how: shared by the tests of everything that messages carry."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.people import ChatPage, Inbox, Tab, Visitor


class Pair:
    """A visitor and an agent who talk."""

    def __init__(self, visitor: Visitor, inbox: Inbox):
        self.tab = visitor.tab().open()
        self.tab.send("hello")
        self.tab.shows("hello")
        self.other = visitor.tab().connected()
        self.inbox = inbox
        inbox.open(self.tab)
        self.chat_pages: list[ChatPage] = [self.tab, self.other, inbox]

    def all_have(self, test_id: str, count: int = 1) -> None:
        """Everybody has got so many of these, from the server."""
        for chat_page in self.chat_pages:
            expect(settled(chat_page).get_by_test_id(test_id)).to_have_count(count, timeout=15_000)


def settled(chat_page: ChatPage) -> Locator:
    return chat_page.document.locator("[data-testid=message][data-seq]")


def attach(chat_page: ChatPage, *paths: Path) -> None:
    chat_page.bring_to_front()
    chat_page.document.get_by_test_id("file-input").set_input_files(list(paths))
    expect(chat_page.document.locator("#tray > li")).to_have_count(len(paths))


def send(chat_page: ChatPage) -> None:
    chat_page.document.get_by_test_id("send" if isinstance(chat_page, Tab) else "reply-send").click()


def loaded(image: Locator) -> None:
    """The picture has come, at the size that was kept free for it."""
    expect(image).to_be_visible()
    assert image.evaluate("(it) => it.decode().then(() => it.naturalWidth > 0)")


def drop(chat_page: ChatPage, name: str, target: str = "#messages") -> None:
    """Drop a small picture onto the conversation."""
    chat_page.document.locator(target).evaluate(
        """async (element, name) => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
          canvas.getContext("2d").fillRect(0, 0, 60, 40);
          const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([blob], name, { type: "image/png" }));
          for (const type of ["dragover", "drop"])
            element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
          const paste = new ClipboardEvent("paste", { clipboardData: dataTransfer, bubbles: true, cancelable: true });
          document.getElementById("composer-text").dispatchEvent(paste);
        }""",
        name,
    )
