"""`flask sites check URL` says what is in the way of the popup on a page."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from widget import settings, sites

pytestmark = pytest.mark.any_database

CHAT = "https://chat.example.com"
TAG = f'<script src="{CHAT}/widget.js" async></script>'


class Page:
    """A page on loopback whose source and policy a test sets."""

    def __init__(self) -> None:
        page = self
        self.html = TAG
        self.headers: dict[str, str] = {}

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response({"/missing": 404, "/old": 302}.get(self.path, 200))
                if self.path == "/old":
                    self.send_header("Location", f"http://localhost:{page.server.server_port}/")
                self.send_header("Content-Type", "text/html")
                for name, value in page.headers.items():
                    self.send_header(name, value)
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
    for allowed in ("*", "http://*.0.0.1" + page.origin[len("http://127.0.0.1") :]):
        assert page.check(allowed_origins=(allowed,)) == []
    page.html = TAG.replace("<script", "<script nonce=a")
    page.headers["Content-Security-Policy"] = f"script-src 'nonce-a'; frame-src {CHAT}"
    assert page.check() == []


def test_a_chat_that_does_not_answer_at_its_own_address_or_may_not_be_framed_is_told(page: Page) -> None:
    ours = settings.from_environ({"PUBLIC_URL": page.origin})
    assert sites.check_server(ours) == []
    page.headers["X-Frame-Options"] = "SAMEORIGIN"
    (reason,) = sites.check_server(ours)
    assert "take X-Frame-Options away from /popup" in reason
    page.server.server_close()
    page.server.shutdown()
    (reason,) = sites.check_server(ours)
    assert "start it, or set PUBLIC_URL=" in reason


def test_an_origin_that_is_not_allowed_is_named_with_the_remedy(page: Page) -> None:
    (reason,) = page.check(allowed_origins=("https://other.example.com",))
    line = f"ALLOWED_ORIGINS=https://other.example.com,{page.origin}"
    assert reason == f"{page.origin} may not embed the popup (origin-not-allowed): set {line}"


def test_a_page_that_leads_elsewhere_is_judged_by_where_it_leads(page: Page) -> None:
    (reason,) = page.check("/old")
    assert reason.endswith(f"ALLOWED_ORIGINS={page.origin},http://localhost:{page.server.server_port}")


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
        (f"script-src 'nonce-abc' 'strict-dynamic'; frame-src {CHAT}", 1),
        (f"script-src 'nonce-abc' {CHAT}; frame-src {CHAT}", 0),
        (f"script-src {CHAT}; script-src-elem 'self'; frame-src {CHAT}", 1),
        ("sandbox allow-scripts", 1),
        ("sandbox allow-scripts allow-same-origin", 0),
    ],
)
def test_the_pages_own_policy_is_read(page: Page, policy: str, reasons: int) -> None:
    page.headers["Content-Security-Policy"] = policy
    assert len(page.check()) == reasons
    page.headers.clear()
    page.html = f'<meta http-equiv="Content-Security-Policy" content="{policy}">{TAG}'
    assert len(page.check()) == reasons


@pytest.mark.parametrize(
    ("header", "value", "line"),
    [
        ("Content-Security-Policy", f"script-src {CHAT}; frame-src 'none'", f"frame-src {CHAT}"),
        ("Content-Security-Policy", "script-src 'self'", f"script-src 'self' {CHAT}"),
        ("Content-Security-Policy", "script-src 'nonce-a'", TAG.replace("<script", '<script nonce="…"')),
        ("Content-Security-Policy", "sandbox allow-forms", "sandbox allow-forms allow-scripts allow-same-origin"),
        ("Permissions-Policy", "microphone=(), camera=*", f'Permissions-Policy: microphone=(self "{CHAT}")'),
    ],
)
def test_what_is_in_the_way_comes_with_the_line_that_mends_it(page: Page, header: str, value: str, line: str) -> None:
    page.headers[header] = value
    (reason,) = page.check()
    assert reason.endswith(f": {line}")


def test_an_isolated_page_is_told_which_headers_of_the_chat_are_lost_on_their_way(page: Page) -> None:
    page.html = TAG.replace(CHAT, page.origin)
    page.headers["Cross-Origin-Embedder-Policy"] = "require-corp"  # and so has /popup, here
    reasons = page.check(public_url=page.origin)
    assert [it.rpartition(" of ")[2] for it in reasons] == [
        "/widget.js is lost on its way: Cross-Origin-Resource-Policy: cross-origin",
        "/popup is lost on its way: Cross-Origin-Resource-Policy: cross-origin",
    ]
    page.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    assert page.check(public_url=page.origin) == []


def test_a_page_with_https_is_told_when_the_chat_has_none() -> None:
    (reason,) = sites._transport("https://shop.example.com/", "http://chat.example.com")
    assert reason.endswith("PUBLIC_URL=https://chat.example.com")


def test_a_page_that_is_not_there_or_is_no_page_gives_one_sentence(page: Page) -> None:
    (reason,) = page.check("/missing")
    assert "404" in reason
    (reason,) = sites.check("shop", settings.from_environ({}))
    assert reason == "shop is not the address of a page; it should start with https://."
