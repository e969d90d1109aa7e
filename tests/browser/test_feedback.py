"""The example of a feedback button: a click opens a form in the popup, and what is filled in ends in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests import bots, services
from widget.devserver import embedded_redis

EXAMPLES = services.ROOT / "examples"


class Page(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_button_on_a_page_opens_a_form_and_its_answers_are_kept(
    chat: services.ChatServer, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    kept, port = tmp_path / "feedback.csv", str(services.free_port())
    secret = bots.add_webhook(chat, f"http://127.0.0.1:{port}/", "--event", "form.submitted")
    bot = subprocess.Popen(
        [sys.executable, "feedback_bot.py", str(kept)],
        cwd=EXAMPLES,
        env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": port, "WEBHOOK_SECRET": secret},
        stderr=subprocess.DEVNULL,
        preexec_fn=embedded_redis.end_with_parent,
    )
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(Page, directory=str(EXAMPLES)))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        page = new_context().new_page()
        page.goto(f"http://127.0.0.1:{pages.server_port}/feedback.html?chat={chat.url}")
        page.get_by_role("button", name="Give feedback").click()
        popup = page.frame_locator("[data-testid=popup]")
        popup.get_by_label("4", exact=True).check(timeout=15_000)
        popup.get_by_label("Anything else?", exact=True).fill("More blue, please.")
        popup.get_by_test_id("form-submit").click()
        expect(popup.get_by_test_id("message").last.locator(".body")).to_have_text("Thank you!", timeout=15_000)
        assert kept.read_text().strip().endswith(',4,"More blue, please."')
    finally:
        pages.shutdown()
        pages.server_close()
        bot.kill()
        bot.wait()
        bots.end_webhooks()
