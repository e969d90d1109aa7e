"""People at a browser: a visitor on the shop's pages, in as many tabs as they like, and an agent at the inbox."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from tests import parts
from widget import embedded_redis


class Shop:
    """The demo shop, on an origin that is foreign to the chat."""

    def __init__(self, chat_url: str):
        self.url = f"http://localhost:{parts.free_port()}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "widget.shop", self.url, chat_url],
            cwd=parts.ROOT,
            preexec_fn=embedded_redis.end_with_parent,
        )
        parts.wait_for(self._answers, "the shop")

    def _answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(self.url, timeout=5).ok
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Site:
    """Somebody else's site with one page, on a loopback name of its own."""

    def __init__(self, html: str):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://site.localhost:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Tab:
    """A page of the shop, with the popup in it."""

    def __init__(self, page: Page, url: str):
        self.page = page
        page.goto(url)

    @property
    def launcher(self) -> Locator:
        return self.page.get_by_test_id("launcher")

    @property
    def popup(self) -> FrameLocator:
        return self.page.frame_locator("[data-testid=popup]")

    @property
    def frame(self) -> Locator:
        return self.page.get_by_test_id("popup")

    @property
    def composer(self) -> Locator:
        return self.popup.get_by_test_id("composer")

    @property
    def messages(self) -> Locator:
        return self.popup.get_by_test_id("message")

    @property
    def name(self) -> str:
        """What the server calls this visitor."""
        return str(self.popup.locator("#session").get_attribute("data-name"))

    def open(self) -> Tab:
        """Click the bubble and wait until the popup is connected."""
        self.launcher.click()
        return self.connected()

    def connected(self) -> Tab:
        expect(self.popup.get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)
        return self

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def shows(self, *texts: str) -> None:
        """Exactly these messages, in this order, each settled on the server."""
        expect(self.messages.locator(".body")).to_have_text(list(texts), timeout=15_000)
        unsettled = self.popup.locator("[data-testid=message]:is([data-status=sending], [data-status=failed])")
        expect(unsettled).to_have_count(0)


class Visitor:
    """One browser of one visitor."""

    def __init__(self, context: BrowserContext, shop: str):
        self.context = context
        self.shop = shop

    def tab(self, path: str = "/") -> Tab:
        return Tab(self.context.new_page(), self.shop + path)


class Desk:
    """An agent's tab with the inbox."""

    def __init__(self, page: Page, url: str):
        self.page = page
        page.goto(url)
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "online")

    @property
    def items(self) -> Locator:
        return self.page.get_by_test_id("inbox-item")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_test_id("message")

    def open(self, tab: Tab) -> None:
        """Open the conversation with the visitor of this tab, by their name: other tests say the same things."""
        name = tab.name
        expect(self.items.filter(has_text=name)).to_be_visible()
        # With the keyboard: the list moves when somebody else writes, and a click could then miss its row.
        self.items.filter(has_text=name).get_by_role("link").press("Enter")
        expect(self.page.get_by_role("heading", name=name)).to_be_visible()

    def reply(self, text: str) -> None:
        self.page.get_by_test_id("reply").fill(text)
        self.page.get_by_test_id("reply-send").click()

    def shows(self, *texts: str) -> None:
        expect(self.messages.locator(".body")).to_have_text(list(texts), timeout=15_000)
