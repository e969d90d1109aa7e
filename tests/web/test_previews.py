"""Previews of links: fetched once, added in every tab, and never from where nobody from outside has any business."""

from __future__ import annotations

import gzip
import html
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, hostile
from widget import fetch
from widget.fetch import Fetched
from widget.previews import metadata, queue

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


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Web:
    """All of the web, as far as this test is concerned."""

    def __init__(self) -> None:
        requests_ = self.requests = []  # type: ignore[var-annotated]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests_.append((self.headers["Host"], self.path, dict(self.headers)))
                path = self.path.partition("?")[0]
                if path == "/slow":
                    time.sleep(6)  # longer than anybody waits
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


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with services.closing(Web()) as web:
        yield web


@pytest.fixture(scope="module")
def preview_server(
    redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory, web: Web
) -> Iterator[PreviewServer]:
    """Two processes, so that a page could be fetched twice."""
    database = f"sqlite:///{tmp_path_factory.mktemp('previews')}/chat.db"
    options = {"TEST_PAGES_PORT": str(web.port), "WEB_CONCURRENCY": "2"}
    with services.closing(PreviewServer(redis_server.database(), database, **options)) as server:
        yield server


@pytest.fixture
def visitor(preview_server: PreviewServer) -> api.Person:
    return api.visitor(preview_server.url)


def unique(path: str) -> str:
    """An address that was never looked at."""
    return f"http://page.example{path}?{uuid.uuid4().hex}"


def test_a_preview_is_added_after_the_message_in_every_tab_and_the_page_is_asked_once(
    preview_server: PreviewServer, visitor: api.Person, web: Web
) -> None:
    url = unique("/teapot")
    agent = api.agent(preview_server)
    with services.closing(visitor.listen()) as own, services.closing(agent.listen()) as theirs:
        message = visitor.send(f"look at {url} and at http://other.example/").json()
        assert message["preview"] is None  # nobody waits for it
        found = [stream.next("message-update").data["preview"] for stream in (own, theirs)]
    assert found[0] == found[1]
    assert (found[0]["url"], found[0]["title"]) == (url, "A *blue* <b>teapot</b> & more")
    assert (found[0]["description"], found[0]["site"]) == ("For two.", "Millrace")
    picture = requests.get(preview_server.url + found[0]["image"], timeout=10)
    assert (picture.headers["Content-Type"], picture.headers["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert found[0]["image"].startswith("/files/preview/")
    again = visitor.send(f"once more: {url}").json()
    assert again["preview"] == found[0]  # at once, from what is known
    assert web.count("/teapot?" + url.rpartition("?")[2]) == 1
    assert web.requests[-1][2].get("Cookie") is None


def test_the_composer_asks_before_and_can_leave_it_out(preview_server: PreviewServer, visitor: api.Person) -> None:
    url = unique("/plain")
    seen = visitor.post("/w/preview", json={"body": f"see {url}"})
    assert (seen.status_code, seen.json()["title"], seen.json()["url"]) == (200, "Grüße", url)
    fields = {"body": url, "client_id": str(uuid.uuid4()), "preview": False}
    without = visitor.post(f"/w/conversations/{visitor.conversation}/messages", json=fields).json()
    assert without["preview"] is None
    assert visitor.send(url).json()["preview"]["title"] == "Grüße"
    assert visitor.post("/w/preview", json={"body": "no link"}).status_code == 204
    assert requests.post(f"{preview_server.url}/w/preview", json={"body": url}, timeout=10).status_code == 401


def test_an_edit_changes_the_preview_and_a_deletion_takes_it_away(visitor: api.Person) -> None:
    first, second = unique("/teapot"), unique("/plain")
    for url in (first, second):
        visitor.post("/w/preview", json={"body": url})
    message = visitor.send(first).json()
    path = f"/w/messages/{message['id']}"
    assert visitor.request("PATCH", path, json={"body": f"now {second}"}).json()["preview"]["title"] == "Grüße"
    assert visitor.request("PATCH", path, json={"body": "none"}).json()["preview"] is None
    assert visitor.request("PATCH", path, json={"body": first}).json()["preview"]["url"] == first
    assert visitor.request("DELETE", path).json()["preview"] is None


def test_what_a_page_says_is_text_and_its_picture_is_looked_at(visitor: api.Person) -> None:
    page = visitor.get("/popup").text
    assert "data-previews" in page
    message = visitor.post("/w/preview", json={"body": unique("/script")})
    assert (message.json()["title"], message.json()["image"]) == ("<script>alert(1)</script>", None)
    shown = visitor.post("/w/preview", json={"body": message.json()["url"]}, headers={"Accept": "text/html"}).text
    assert "<script>" not in shown
    assert visitor.post("/w/preview", json={"body": unique("/bomb")}).json()["image"] is None


def test_large_sites_are_asked_by_oembed(visitor: api.Person, web: Web) -> None:
    answer = visitor.post("/w/preview", json={"body": "https://www.youtube.com/watch?v=1"})
    assert answer.status_code == 204  # over TLS, which this web does not speak; but it was asked for there
    assert metadata.parse_oembed(Fetched("", "", None, PAGES["/oembed"][1])).title == "A film"


@pytest.mark.parametrize("path", ["/json", "/slow", "/missing", "/around", *REDIRECTS])
def test_a_page_that_leads_astray_or_is_none_has_no_preview(visitor: api.Person, path: str, web: Web) -> None:
    began = time.monotonic()
    answer = visitor.post("/w/preview", json={"body": unique(path)})
    assert time.monotonic() - began < 5
    if path == "/onwards" or (path.startswith("/hop-") and path != "/hop-6"):
        assert answer.json()["site"] == "Millrace"
        return
    assert answer.status_code == 204
    assert not [host for host, _, _ in web.requests if host in ("127.0.0.1", "inside.example", "169.254.169.254")]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        *(
            ("/packed", "A *blue* <b>teapot</b> & more"),
            ("/packed-bomb", "Zeros"),
            ("/sjis", "①"),
            ("/punycode", "Puny"),
        ),
        *(("/no-type", "A *blue* <b>teapot</b> & more"), ("/no-type-text", None), ("/frames", None)),
        *(
            ("/frame", "A *blue* <b>teapot</b> & more"),
            ("/refresh-inside", None),
            ("/hop-5", "A *blue* <b>teapot</b> & more"),
        ),
    ],
)
def test_pages_are_read_as_servers_really_send_them(visitor: api.Person, path: str, title: str | None) -> None:
    answer = visitor.post("/w/preview", json={"body": unique(path)})
    assert (answer.json()["title"] if answer.status_code == 200 else None) == title


@pytest.mark.parametrize("name", IMAGE_HEADS)
def test_the_first_image_that_can_be_had_is_shown(visitor: api.Person, name: str) -> None:
    answer = visitor.post("/w/preview", json={"body": unique(f"/image-{name}")})
    assert answer.status_code == 200
    assert bool(answer.json()["image"]) == (name not in list(IMAGE_HEADS)[-3:])


@pytest.mark.parametrize("path", ["/nested", "/unclosed", "/punycode", "/packed-bomb"])
def test_a_page_that_is_hard_to_read_stops_nobody_else(
    preview_server: PreviewServer, visitor: api.Person, path: str
) -> None:
    """Its child process has a second; the server answers others all the while."""
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(visitor.post("/w/preview", json={"body": unique(path)}).status_code)
    )
    asking.start()
    longest = 0.0
    while asking.is_alive():
        began = time.monotonic()
        assert requests.get(f"{preview_server.url}/healthz", timeout=10).ok
        longest = max(longest, time.monotonic() - began)
    assert answers[0] in (200, 204)
    assert longest < 2  # it was ten, and for ever


def test_a_link_over_which_processes_die_is_tried_three_times_and_never_again(
    preview_server: PreviewServer, visitor: api.Person, web: Web
) -> None:
    answer = visitor.send("no link").json()
    for attempts, asked in ((queue.ATTEMPTS - 1, 1), (queue.ATTEMPTS, 0)):
        url = unique("/teapot")  # as it is left by processes that have died over it
        left = {"message_id": answer["id"], "url": url, "claimed_at": LONG_AGO, "created_at": LONG_AGO}
        database_inspection.insert(preview_server, "message_links", [{**left, "attempts": attempts}])
        done = ([], [(attempts + 1, True)])
        services.wait_for(lambda done=done: _links(preview_server, answer["id"]) in done, "the link to be treated")
        assert web.count("/teapot?" + url.rpartition("?")[2]) == asked
        database_inspection.run(preview_server, "DELETE FROM message_links WHERE message_id = :id", id=answer["id"])
    assert "a page of page.example is given up: it was begun 3 times" in preview_server.log.read_text()


def _links(preview_server: PreviewServer, message_id: str) -> list[tuple[object, ...]]:
    rows = "SELECT attempts, preview_id IS NOT NULL FROM message_links WHERE message_id = :id"
    return [(attempts, bool(known)) for attempts, known in database_inspection.run(preview_server, rows, id=message_id)]


def test_a_page_without_end_is_read_as_far_as_a_megabyte(visitor: api.Person) -> None:
    assert visitor.post("/w/preview", json={"body": unique("/endless")}).status_code == 204


def test_a_name_that_changes_its_mind_is_taken_at_its_first_word(visitor: api.Person, web: Web) -> None:
    before = len(web.requests)
    visitor.post("/w/preview", json={"body": f"http://rebinding.example/teapot?{uuid.uuid4().hex}"})
    hosts = [host for host, _, _ in web.requests[before:]]
    assert hosts
    assert set(hosts) == {"rebinding.example"}


def test_previews_can_be_turned_off(preview_server: PreviewServer, web: Web) -> None:
    environ = {"TEST_PAGES_PORT": str(web.port), "LINK_PREVIEWS": "off"}
    with services.closing(
        PreviewServer(preview_server.environ["REDIS_URL"], preview_server.environ["DATABASE_URL"], **environ)
    ) as silent:
        visitor = api.visitor(silent.url)
        url = unique("/teapot")
        assert "data-previews" not in visitor.get("/popup").text
        assert visitor.post("/w/preview", json={"body": url}).status_code == 204
        message = visitor.send(url).json()
        assert (
            database_inspection.run(silent, "SELECT * FROM message_links WHERE message_id = :id", id=message["id"])
            == []
        )


HOSTILE = [
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
    *("http://127.0.0.1.nip.test/", "http://localhost/", "http://LOCALHOST./", "http://0/", "http://0.0.0.0/"),
    *("http://[::1]/", "http://[::]/", "http://[::127.0.0.1]/", "http://[::ffff:127.0.0.1]/"),
    *("http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[64:ff9b:1::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[fe80::1]/"),
    *("http://[fc00::1]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/"),
    *("http://[100::1]/", "http://[5f00::1]/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/"),
    *("http://169.254.169.254/latest/", "http://100.64.0.1/", "http://192.0.0.192/", "http://192.88.99.1/"),
    *("http://198.18.0.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "https://[::1]/", "http://93.184.215.14:22/"),
    *("http://93.184.215.14:6379/", "http://93.184.215.14:8080/", "ftp://93.184.215.14/", "file:///etc/passwd"),
    *("gopher://93.184.215.14/", "http://user:word@93.184.215.14/", "http://93.184.215.14@127.0.0.1/", "http:///"),
    *("http://93.184.215.14:99999/", "javascript:alert(1)", "data:text/html,x", "http://[::1%25lo]/"),
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_a_connection_is_made(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[Any] = []
    real = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **options: Any) -> Any:
        """Numbers are read as ever; the one name that looks like one leads to loopback; no packet asks for any."""
        if host == "127.0.0.1.nip.test":
            host = "127.0.0.1"
        if host not in ("localhost", "LOCALHOST.", "localhost."):
            options["flags"] = socket.AI_NUMERICHOST
        return real(host, *rest, **options)

    def connect(self: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("no packet leaves this test")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(fetch.Unfetched):
        fetch.fetch(url, ("text/html",), 1000, 3)
    assert attempts == []


def test_a_public_address_would_be_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes the table above worth something."""
    attempts: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        attempts.append(address[:2])
        raise OSError("no packet leaves this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    for url in (
        "http://93.184.215.14/",
        "https://93.184.215.14:443/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ):
        with pytest.raises(fetch.Unfetched):
            fetch.fetch(url, ("text/html",), 1000, 3)
    assert attempts == [
        *[("93.184.215.14", 80), ("93.184.215.14", 443)],
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", 80),
    ]


def test_the_table_holds_more_than_thirty_hostile_addresses() -> None:
    assert len(HOSTILE) >= 30


def picture_of(server: PreviewServer, address: str) -> str:
    """Where the inbox finds the picture of a new visitor who has it at this address."""
    visitor = api.visitor(server.url, picture=address)
    visitor.send("hello")
    page = api.agent(server).get(f"/inbox/{visitor.conversation}", headers={"Accept": "text/html"})
    assert "http" not in page.headers["Content-Security-Policy"].partition("img-src")[2].partition(";")[0]
    found = set(re.findall(r'<img src="(/files/picture/[^"]+)"', page.text))
    [path] = [it for it in found if it.endswith(f"?url={quote(address, safe='')}")]
    assert f'src="{address}' not in page.text
    return server.url + html.unescape(path)


def test_a_persons_picture_is_fetched_once_checked_and_served_by_us(preview_server: PreviewServer, web: Web) -> None:
    where = picture_of(preview_server, "http://page.example/teapot.png")
    asked = len([it for it in web.requests if it[1] == "/teapot.png"])
    for _ in range(2):
        answer = requests.get(where, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len([it for it in web.requests if it[1] == "/teapot.png"]) == asked + 1
    forged = where.replace("teapot.png", "teapots.png")
    assert requests.get(forged, timeout=10).status_code == 404


@pytest.mark.parametrize("address", ["http://inside.example/teapot.png", "http://page.example/", "http://127.0.0.1/x"])
def test_a_picture_that_is_none_or_stands_inside_is_not_there(address: str, preview_server: PreviewServer) -> None:
    where = picture_of(preview_server, address)
    assert [requests.get(where, timeout=10).status_code for _ in range(2)] == [404, 404]
