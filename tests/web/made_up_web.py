"""A web of made-up pages, good and bad, and a chat that takes it for the real one."""

from __future__ import annotations

import gzip
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests import services
from tests.web import hostile

OPEN_GRAPH = """<!doctype html><html><head><title>Plain</title>
<meta property="og:title" content="A *blue* <b>teapot</b> &amp; more">
<meta property="og:description" content="For two."><meta property="og:site_name" content="Millrace">
<meta property="og:image" content="/teapot.png"></head><body></body></html>"""

IMAGE_HEADS = {
    name: "".join(f'<meta property="og:image" content="{image}">' for image in images)
    for name, images in {
        "jpg": ["/jpg.jpg"],
        "octets": ["/octets"],
        "no-type": ["/no-type.webp"],
        "second": ["/missing.png", "/teapot.png"],
        "after-large": ["/large.png", "/teapot.png"],
        "after-broken-address": ["http://[x", "http://[x]:y/", "/teapot.png"],
        "after-page": ["/teapot", "/teapot.png"],
        "large": ["/large.png"],
        "broken-address": ["http://[x"],
        "text": ["/json"],
    }.items()
}
"""Pages whose images are the point: all but the last three can be shown."""

PAGES: dict[str, tuple[str, bytes]] = {
    "/teapot": ("text/html; charset=utf-8", OPEN_GRAPH.encode()),
    "/teapot.png": ("image/png", hostile.picture("PNG", (400, 200))),
    "/plain": (
        "text/html",
        "<title>Grüße</title>".encode("latin-1").replace(b"<title>", b"<meta charset=latin-1><title>"),
    ),
    "/script": (
        "text/html",
        b"<title><script>alert(1)</script></title><meta property=og:image content=javascript:alert(1)>",
    ),
    "/bomb": ("text/html", b'<title>T</title><meta property="og:image" content="/bomb.png">'),
    "/bomb.png": ("image/png", hostile.png_that_claims(20_000, 20_000)),
    "/json": ("application/json", b'{"title": "no"}'),
    "/endless": ("text/html", b"<p>" + b"x" * (2 * hostile.MB)),
    "/large.png": ("image/png", hostile.picture("PNG", (40, 40)) + b"x" * (6 * hostile.MB)),
    "/jpg.jpg": ("image/jpg", hostile.picture("JPEG", (400, 200))),
    "/octets": ("application/octet-stream", hostile.picture("JPEG", (400, 200))),
    "/no-type.webp": ("", hostile.picture("WEBP", (400, 200))),
    "/packed": ("text/html; packed=gzip", gzip.compress(OPEN_GRAPH.encode())),
    "/packed-bomb": ("text/html; packed=gzip", gzip.compress(b"<title>Zeros</title>" + b"\0" * (50 * hostile.MB))),
    "/no-type": ("", OPEN_GRAPH.encode()),
    "/no-type-text": ("", b"<3 this is a text"),
    "/frame": ("text/html", b'<meta http-equiv="refresh" content="0;url=/teapot">'),
    "/frames": ("text/html", b'<title>Twice</title><meta http-equiv="refresh" content="0;url=/frame">'),
    "/refresh-inside": ("text/html", b'<meta http-equiv="refresh" content="0;url=http://inside.example/">'),
    "/sjis": ("text/html; charset=x-sjis", "<title>①</title>".encode("cp932")),
    "/punycode": ("text/html; charset=punycode", b"<title>Puny</title>" + b"a-" * (hostile.MB // 2 - 20)),
    "/nested": ("text/html", b"<title>Nested</title>" + b"<div>" * 100_000),
    "/unclosed": ("text/html", b"<title>Unclosed</title>" + b"<p><b>" * 5_500),
    **{f"/image-{name}": ("text/html", f"<title>T</title>{heads}".encode()) for name, heads in IMAGE_HEADS.items()},
    "/oembed": ("application/json", b'{"title": "A film", "author_name": "Ana", "provider_name": "YouTube"}'),
}
REDIRECTS = {
    "/to-loopback": "http://127.0.0.1/secret",
    "/to-inside": "http://inside.example/",
    "/to-metadata": "http://169.254.169.254/latest/meta-data/",
    "/to-port": "http://other.example:8080/",
    "/to-file": "file:///etc/passwd",
    "/to-password": "http://user:word@other.example/teapot",
    "/around": "/around",
    "/to-broken": "http://[x",
    **{f"/hop-{n}": f"/hop-{n - 1}" for n in range(2, 7)},
    "/hop-1": "/teapot",
    "/onwards": "http://other.example/teapot",
}


class Web:
    """All of the web, as far as this test is concerned."""

    def __init__(self) -> None:
        requests_ = self.requests = []  # type: ignore[var-annotated]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests_.append((self.headers["Host"], self.path, dict(self.headers)))
                path = self.path.partition("?")[0]
                if path == "/slow":
                    time.sleep(6)  # the page takes longer than anybody waits
                if path in REDIRECTS:
                    self.send_response(302)
                    self.send_header("Location", REDIRECTS[path])
                    self.send_header("Set-Cookie", "spy=1")
                    self.end_headers()
                    return
                kind, body = PAGES.get(path, ("text/plain", b""))
                self.send_response(200 if path in PAGES else 404)
                if kind:
                    self.send_header("Content-Type", kind)
                if "packed=gzip" in kind:
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, path: str) -> int:
        return sum(1 for _, requested, _ in self.requests if requested == path)

    def stop(self) -> None:
        self._server.shutdown()


class PreviewServer(services.ChatServer):
    app = "tests.web.previewing:create()"


def unique(path: str) -> str:
    """An address that was never looked at."""
    return f"http://page.example{path}?{uuid.uuid4().hex}"
