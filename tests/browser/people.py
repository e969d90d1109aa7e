"""People at a browser: a visitor on the shop's pages, in as many tabs as they like, and an agent at the inbox."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

# Chromium tells every page of Playwright's that it has the focus. A tab that asks for it can be looked away from.
FOCUS_SCRIPT = "Document.prototype.hasFocus = () => !globalThis.unseen"


class ChatPage:
    """A conversation on somebody's screen, and what they do in it."""

    page: Page
    field = "composer"
    """The test id of the box one writes in."""

    @property
    def document(self) -> Page | FrameLocator:
        """The document of the chat itself."""
        return self.page

    @property
    def composer(self) -> Locator:
        return self.document.get_by_test_id(self.field)

    @property
    def messages(self) -> Locator:
        return self.document.get_by_test_id("message")

    @property
    def sheet(self) -> Locator:
        return self.document.locator("#sheet")

    @property
    def heading(self) -> Locator:
        """Whom one talks to, and whether they are here."""
        return self.document.locator("#head .head-words")

    @property
    def typing(self) -> Locator:
        return self.document.get_by_test_id("typing")

    @property
    def entries(self) -> Locator:
        """The conversations in the list."""
        return self.document.locator(".list > .entry")

    def entry(self, title: str | re.Pattern[str]) -> Locator:
        return self.entries.filter(has=self.page.locator(".entry-title", has_text=title))

    def message(self, text: str) -> Locator:
        """The message with this text, whatever it quotes."""
        return self.messages.filter(has=self.page.locator(".body").get_by_text(text, exact=True))

    def bring_to_front(self) -> None:
        """Put this tab in front: one's own hands are there, and Chromium draws frames in the others once a second."""
        self.page.bring_to_front()

    def connected(self) -> ChatPage:
        expect(self.document.get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)
        return self

    def send(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def shows(self, *texts: str) -> None:
        """Exactly these messages, in this order, each settled on the server."""
        expect(self.messages.locator(".body")).to_have_text(list(texts), timeout=15_000)
        unsettled = self.document.locator("[data-testid=message]:is([data-status=sending], [data-status=failed])")
        expect(unsettled).to_have_count(0)

    def has_status(self, text: str, status: str) -> None:
        """The message has got this far."""
        expect(self.message(text)).to_have_attribute("data-status", status)

    def ticks(self, text: str) -> Locator:
        """The ticks under a message, which say in words how far it has got."""
        return self.message(text).get_by_role("button", name=re.compile("^(Sending|Sent|Delivered|Read)$"))

    def choose(self, title: str | re.Pattern[str]) -> None:
        """Open a conversation from the list."""
        # With the keyboard: the list moves when somebody else writes, and a click could then miss its row.
        self.entry(title).get_by_role("link").press("Enter")
        expect(self.document.get_by_role("heading", name=title)).to_be_visible()

    def menu(self, of: str | Locator) -> Locator:
        """Open what can be done with a message."""
        self.bring_to_front()
        message = self.message(of) if isinstance(of, str) else of
        message.hover()
        message.get_by_role("button", name="What to do with this message").click()
        expect(self.sheet.get_by_role("heading", name="Message")).to_be_visible()
        return self.sheet

    def reply_to(self, text: str, answer: str) -> None:
        self.menu(text).get_by_role("button", name="Reply").click()
        expect(self.document.locator("#composer-context")).to_contain_text(text)
        self.send(answer)

    def edit(self, text: str, instead: str) -> None:
        self.menu(text).get_by_role("button", name="Edit").click()
        expect(self.composer).to_have_value(text)
        self.send(instead)

    def delete(self, text: str) -> None:
        menu = self.menu(text)
        menu.get_by_text("Delete for everybody").click()
        menu.get_by_role("button", name="Delete", exact=True).click()

    def react(self, text: str, emoji: str) -> None:
        self.menu(text).get_by_role("button", name=emoji).click()
        expect(self.sheet).not_to_be_visible()

    def forward(self, text: str, to: str) -> None:
        self.menu(text).get_by_role("button", name="Forward").click()
        self.sheet.get_by_role("button", name=to).click()

    def about(self) -> Locator:
        """Open what there is to know of the conversation."""
        self.bring_to_front()
        self.document.get_by_test_id("about").click()
        expect(self.sheet.get_by_test_id("group-members")).to_be_visible()
        return self.sheet

    def close_sheet(self) -> None:
        self.bring_to_front()
        self.sheet.get_by_role("button", name="Close").click()
        expect(self.sheet).not_to_be_visible()

    def invite(self) -> str:
        """Make a link that lets others join; the newest one counts."""
        sheet = self.about()
        links = sheet.get_by_test_id("invite-url")
        before = links.count()
        sheet.get_by_test_id("invite").click()
        expect(links).to_have_count(before + 1)
        link = links.last.input_value()
        self.close_sheet()
        return link

    def new_group(self, title: str) -> None:
        self.about().get_by_test_id("new-group").click()
        expect(self.sheet.get_by_role("heading", name="New group")).to_be_visible()
        self.sheet.get_by_test_id("group-name").fill(title)
        self.sheet.get_by_role("button", name="Create").click()
        expect(self.document.get_by_role("heading", name=title)).to_be_visible()

    def talk_alone(self) -> None:
        """Leave a group's messages for one's own conversation with the team."""
        self.about().get_by_test_id("team-alone").click()
        expect(self.sheet).not_to_be_visible()
        expect(self.document.locator("#head .of-team")).to_be_visible()

    def rename(self, title: str) -> None:
        sheet = self.about()
        sheet.get_by_test_id("group-name").fill(title)
        sheet.get_by_role("button", name="Save").click()
        expect(sheet.get_by_role("heading", name=title)).to_be_visible()
        self.close_sheet()

    def open_search(self) -> None:
        self.about().get_by_test_id("search").click()

    def search(self, text: str) -> Locator:
        """Search, and return what is found."""
        self.open_search()
        self.document.get_by_test_id("search-text").fill(text)
        hits = self.document.get_by_test_id("hits").get_by_role("link")
        expect(hits.first).to_be_visible()
        return hits

    def blur(self) -> None:
        """Somebody looks at another window; needs FOCUS_SCRIPT in the browser."""
        self._set_focus("unseen = true", "blur")

    def focus(self) -> None:
        self._set_focus("unseen = false", "focus")

    def _set_focus(self, first: str, event: str) -> None:
        for frame in self.page.frames:
            frame.evaluate(f"() => void ({first})")
        self.page.evaluate(f"() => void dispatchEvent(new Event('{event}'))")


class Tab(ChatPage):
    """A page of the shop, with the popup in it."""

    def __init__(self, page: Page, url: str):
        self.page = page
        page.goto(url)

    @property
    def document(self) -> FrameLocator:
        return self.popup

    @property
    def launcher(self) -> Locator:
        return self.page.get_by_test_id("launcher")

    @property
    def badge(self) -> Locator:
        """How many messages are unread, on the bubble."""
        return self.launcher.get_by_test_id("unread")

    @property
    def popup(self) -> FrameLocator:
        return self.page.frame_locator("[data-testid=popup]")

    @property
    def frame(self) -> Locator:
        return self.page.get_by_test_id("popup")

    @property
    def name(self) -> str:
        """What the server calls this visitor."""
        return str(self.popup.locator("#session").get_attribute("data-name"))

    def open(self) -> Tab:
        """Click the bubble and wait until the popup is connected."""
        self.launcher.click()
        return self.connected()

    def connected(self) -> Tab:
        super().connected()
        return self

    def open_popup(self) -> None:
        """Click the bubble of a popup that is there already."""
        self.bring_to_front()
        self.launcher.click()
        expect(self.frame).to_have_css("transform", "none")  # what moves is hard to hit

    def close_popup(self) -> None:
        self.launcher.click()
        expect(self.frame).not_to_be_visible()


class Visitor:
    """One browser of one visitor."""

    def __init__(self, context: BrowserContext, shop: str):
        self.context = context
        self.shop = shop

    def tab(self, path: str = "/") -> Tab:
        return Tab(self.context.new_page(), self.shop + path)


class PopupWindow(ChatPage):
    """The popup as a page of its own, as somebody sees it who was invited."""

    def __init__(self, page: Page, url: str):
        self.page = page
        page.goto(url)

    def join(self, name: str) -> PopupWindow:
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_role("button", name="Join").click()
        expect(self.page.locator("#conversation")).to_be_attached()
        self.connected()
        return self


class Guest:
    """Somebody who is invited, with a browser of their own."""

    def __init__(self, context: BrowserContext):
        self.context = context

    def follow(self, link: str) -> PopupWindow:
        """Open a link: an invitation, or later the popup's page."""
        return PopupWindow(self.context.new_page(), link)

    def joins(self, link: str, name: str) -> tuple[PopupWindow, PopupWindow]:
        """Join with a name, and have two tabs of it."""
        one = self.follow(link).join(name)
        two = self.follow(re.sub("/join/.*", "/popup", link))
        two.connected()
        return one, two


class Inbox(ChatPage):
    """An agent's tab with the inbox."""

    field = "reply"

    def __init__(self, page: Page, url: str):
        self.page = page
        page.goto(url)
        self.connected()

    @property
    def items(self) -> Locator:
        return self.page.get_by_test_id("inbox-item")

    def open_search(self) -> None:
        self.page.locator("#head").get_by_test_id("search").click()

    def open(self, tab: Tab) -> None:
        """Open the conversation with the visitor of this tab, by their name: other tests say the same things."""
        name = tab.name
        expect(self.entry(name)).to_be_visible()
        self.choose(name)

    def reply(self, text: str) -> None:
        self.composer.fill(text)
        self.page.get_by_test_id("reply-send").click()
