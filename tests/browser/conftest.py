"""One Chromium, one chat and one shop for all browser tests of a process; every visitor has a profile of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests import api, services
from tests.browser.attaching import Pair
from tests.browser.people import FOCUS_SCRIPT, ChatPage, Guest, Inbox, Visitor
from tests.browser.sites import Shop, Site

expect.set_options(timeout=15_000)  # ms: on two processors that do other things besides, five seconds are not long

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Playwright switches storage partitioning off; with a list of our own it stays on, as users have it.
    "--disable-features=x",
    # A camera that shows a clock, a microphone that beeps, a screen to share, and nobody who is asked for them.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


SHELL = "/usr/bin/chromium-headless-shell"
"""The same Chromium without the windows around its pages: it takes half the time."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=SHELL, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """With all that is around a page, for tests of what needs it: notifications, and moments in which nothing is to be
    done, of which the shell alone may never tell."""
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def playing_browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that plays what nobody has clicked on."""
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
    browser = playwright.chromium.launch(executable_path=SHELL, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chat(redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.ChatServer]:
    database = f"sqlite:///{tmp_path_factory.mktemp('browser')}/chat.db"
    with services.closing(services.ChatServer(redis_server.database(), database, IDENTITY_SECRET="s" * 32)) as server:
        yield server


@pytest.fixture
def own_chat(redis_server: services.RedisServer, tmp_path: Path) -> Iterator[services.ChatServer]:
    """A chat that a test may stop and start."""
    with services.closing(services.ChatServer(redis_server.database(), f"sqlite:///{tmp_path}/chat.db")) as server:
        yield server


@pytest.fixture(scope="session")
def shop(chat: services.ChatServer) -> Iterator[Shop]:
    with services.closing(Shop(chat.url)) as shop:
        yield shop


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser with a fresh profile, in which tabs can be looked away from. No page of it may throw anything."""
    contexts = []
    thrown: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.text.startswith("htmx:"):  # what a hook throws, htmx catches and tells
            thrown.append(message.text)

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        context.add_init_script(FOCUS_SCRIPT)
        context.on("weberror", lambda error: thrown.append(str(error.error)))
        context.on("console", hear)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert thrown == []


@pytest.fixture
def new_visitor(new_context: Callable[..., BrowserContext], shop: Shop) -> Callable[..., Visitor]:
    """Makes a visitor with a fresh profile; on the shared shop unless another one is named."""

    def make(at: Shop = shop, **options: object) -> Visitor:
        return Visitor(new_context(**options), at.url)

    return make


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    return new_visitor()


@pytest.fixture
def guest(new_context: Callable[..., BrowserContext]) -> Guest:
    """Somebody else, who may be invited."""
    return Guest(new_context())


@pytest.fixture
def new_inbox(new_context: Callable[..., BrowserContext]) -> Callable[[services.ChatServer], Callable[[], Inbox]]:
    """Signs an agent in; the answer opens inbox tabs of theirs."""

    def sign_in(server: services.ChatServer) -> Callable[[], Inbox]:
        context = new_context()
        cookie = api.agent(server).headers["Cookie"].partition("=")[2]
        context.add_cookies([{"name": "chat_inbox", "value": cookie, "url": server.url}])
        return lambda: Inbox(context.new_page(), f"{server.url}/inbox")

    return sign_in


@pytest.fixture
def open_inbox(
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]], chat: services.ChatServer
) -> Callable[[], Inbox]:
    """Opens inbox tabs, all of one agent."""
    return new_inbox(chat)


@pytest.fixture
def inbox(open_inbox: Callable[[], Inbox]) -> Inbox:
    return open_inbox()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to send."""
    folder = tmp_path_factory.mktemp("to-send")
    for name, size, color in (("red.jpg", (800, 600), "red"), ("green.png", (300, 900), "green")):
        Image.new("RGB", size, color).save(folder / name)
    (folder / "offer.pdf").write_bytes(b"%PDF-1.7\n" + b"0" * 2000)
    (folder / "large.bin").write_bytes(b"\0" * (26 * 1024**2))
    (folder / "several.bin").write_bytes(bytes(range(256)) * 16 * 1024)  # 4 MB
    return folder


@pytest.fixture
def pair(visitor: Visitor, inbox: Inbox) -> Pair:
    return Pair(visitor, inbox)


@pytest.fixture
def errors(visitor: Visitor) -> list[str]:
    """What pages of the visitor's have thrown."""
    thrown: list[str] = []
    visitor.context.on("weberror", lambda it: thrown.append(str(it.error)))
    return thrown


@pytest.fixture
def page_with(visitor: Visitor, chat: services.ChatServer) -> Iterator[Callable[..., Page]]:
    """Opens a page of a site of its own; WIDGET stands for the script's address, SCRIPT for the tag."""
    with contextlib.ExitStack() as sites:

        def open_page(html: str, **headers: str) -> Page:
            html = html.replace("SCRIPT", '<script src="WIDGET" data-name="Ann" async></script>')
            html = html.replace("WIDGET", f"{chat.url}/widget.js").replace("CHAT", chat.url)
            named = {name.replace("_", "-"): value.replace("CHAT", chat.url) for name, value in headers.items()}
            site = sites.enter_context(services.closing(Site(html, named)))
            page = visitor.context.new_page()
            page.goto(site.url)
            return page

        yield open_page


@pytest.fixture
def chat_pages(visitor: Visitor, inbox: Inbox) -> list[ChatPage]:
    """A visitor and an agent who have both written something."""
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning")
    return [tab, inbox]
