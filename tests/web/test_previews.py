"""Previews of links: fetched once, added in every tab, and never from where nobody from outside has any business."""

from __future__ import annotations

import html
import re
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import requests

from tests import api, services
from tests.web import database_inspection
from tests.web.made_up_web import IMAGE_HEADS, PAGES, REDIRECTS, PreviewServer, Web, unique
from widget.fetch import Fetched
from widget.previews import metadata, queue

pytestmark = pytest.mark.any_database

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


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


def test_a_cards_picture_is_served_by_us_and_forgotten_with_its_message(
    preview_server: PreviewServer, web: Web
) -> None:
    def asked() -> int:
        return len([it for it in web.requests if it[1].startswith("/teapot.png?card")])

    visitor, agent = api.visitor(preview_server.url), api.agent(preview_server)
    where = visitor.send("hello").json()["conversation"]
    card = {"title": "Teapot", "image": "http://page.example/teapot.png?card"}
    sent = agent.post(
        f"/w/conversations/{where}/messages",
        json={"content": {"type": "cards", "cards": [card]}, "client_id": str(uuid.uuid4())},
    )
    assert sent.status_code == 201, sent.text
    shown = visitor.get(f"/w/messages/{sent.json()['id']}", headers={"Accept": "text/html"}).text
    [path] = re.findall(r'<img src="(/files/picture/[^"]+)"', shown)
    picture = preview_server.url + html.unescape(path)
    assert [requests.get(picture, timeout=10).headers["Content-Type"] for _ in range(2)] == ["image/webp"] * 2
    assert asked() == 1
    assert agent.request("DELETE", f"/w/messages/{sent.json()['id']}").ok
    assert requests.get(picture, timeout=10).ok
    assert asked() == 2  # it was not kept


@pytest.mark.parametrize("address", ["http://inside.example/teapot.png", "http://page.example/", "http://127.0.0.1/x"])
def test_a_picture_that_is_none_or_stands_inside_is_not_there(address: str, preview_server: PreviewServer) -> None:
    where = picture_of(preview_server, address)
    assert [requests.get(where, timeout=10).status_code for _ in range(2)] == [404, 404]
