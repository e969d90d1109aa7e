"""What an agent sees of a visit: the page now and those before, the browser; and what is no page is none."""

from __future__ import annotations

import uuid

import pytest

from tests import api, services

pytestmark = pytest.mark.any_database

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
NO_PAGES = ("javascript:alert(1)", "about:blank", "https://", "http://[::1", "https://a.b/" + "x" * 600, 7, ["x"], None)


def test_an_agent_sees_the_pages_of_a_visit_and_the_browser(
    server: services.ChatServer, ana: api.Person, bob: api.Person
) -> None:
    headers = {"User-Agent": CHROME}
    opened = api.Person(server.url).post("/w/session", json={"page": "https://shop.test/jugs?size=2"}, headers=headers)
    ada = api.Person(server.url, {"Authorization": f"Bearer {opened.json()['token']}"}, opened.json()["user"]["id"])
    password = uuid.uuid4().hex
    for page in ("https://shop.test/jugs?size=2", f"https://ada:{password}@shop.test/cart#pay", *NO_PAGES):
        assert ada.post("/w/session", json={"page": page}).status_code == 200, page
    where = ada.send("which one?").json()["conversation"]
    page = ana.get(f"/inbox/{where}", headers={"Accept": "text/html"}).text
    assert "Chrome 130, Windows 10" in page
    cart, jugs = page.index(">shop.test/cart<"), page.index(">shop.test/jugs?size=2<")
    assert page.index('data-testid="visitor-page"') < cart < jugs
    assert page.count("shop.test/jugs") == 2  # the address and its words, once
    assert password not in page
    other = ana.get(f"/inbox/{bob.send('hi').json()['conversation']}", headers={"Accept": "text/html"}).text
    assert "visitor-page" not in other
