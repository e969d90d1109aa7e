"""The sites that the tag is on: the demo shop, and any other page."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from tests import services
from widget.devserver import embedded_redis


class Shop:
    """The demo shop, on an origin that is foreign to the chat."""

    def __init__(self, chat_url: str):
        self.url = f"http://localhost:{services.free_port()}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "widget.devserver.shop", self.url, chat_url],
            cwd=services.ROOT,
            preexec_fn=embedded_redis.end_with_parent,
        )
        services.wait_for(self._answers, "the shop")

    def _answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(self.url, timeout=5).ok
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Site:
    """Somebody else's site with one page, on a loopback name of its own."""

    def __init__(self, html: str, headers: dict[str, str] | None = None):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
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
