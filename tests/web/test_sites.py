"""`flask sites check URL` says what is in the way of the popup on a page."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from widget import settings, sites

CHAT = "https://chat.example.com"
TAG = f'<script src="{CHAT}/widget.js" async></script>'


class Page:
    """A page on loopback whose source and policy a test sets."""

    def __init__(self) -> None:
        page = self
        self.html = TAG
        self.policy = ""

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(404 if self.path == "/missing" else 200)
                self.send_header("Content-Type", "text/html")
                if page.policy:
                    self.send_header("Content-Security-Policy", page.policy)
                self.end_headers()
                self.wfile.write(page.html.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, path: str = "/", **change: Any) -> list[str]:
        ours = settings.from_environ({"PUBLIC_URL": CHAT, "ALLOWED_ORIGINS": self.origin})
        return sites.check(self.origin + path, dataclasses.replace(ours, **change))


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.server.shutdown()
    page.server.server_close()


def test_a_page_with_the_tag_on_an_allowed_origin_is_fine(page: Page) -> None:
    assert page.check() == []
    assert page.check(allowed_origins=("*",)) == []


def test_an_origin_that_is_not_allowed_is_named_with_the_remedy(page: Page) -> None:
    (reason,) = page.check(allowed_origins=("https://other.example.com",))
    assert reason == f"{page.origin} may not embed the popup: add it to ALLOWED_ORIGINS."


def test_a_page_without_the_tag_is_told_which_tag(page: Page) -> None:
    page.html = "<p>nothing here</p>"
    (reason,) = page.check()
    assert f"{CHAT}/widget.js" in reason


@pytest.mark.parametrize(
    ("policy", "reasons"),
    [
        (f"script-src 'self' {CHAT}; frame-src {CHAT}", 0),
        ("script-src https://*.example.com; frame-src https:", 0),
        ("script-src chat.example.com; child-src *", 0),
        ("img-src 'self'", 0),
        ("default-src 'self'", 2),
        (f"default-src {CHAT}; frame-src 'none'", 1),
        (f"script-src 'self'; frame-src {CHAT}", 1),
    ],
)
def test_the_pages_own_policy_is_read(page: Page, policy: str, reasons: int) -> None:
    page.policy = policy
    assert len(page.check()) == reasons
    page.policy = ""
    page.html = f'<meta http-equiv="Content-Security-Policy" content="{policy}">{TAG}'
    assert len(page.check()) == reasons


def test_a_page_that_is_not_there_or_is_no_page_gives_one_sentence(page: Page) -> None:
    (reason,) = page.check("/missing")
    assert "404" in reason
    (reason,) = sites.check("shop", settings.from_environ({}))
    assert reason == "shop is not the address of a page; it should start with https://."
