"""What the team sees of a visitor's browser: what the chat knows once it is open, for a day, and what is no such thing
is nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests import api

WRONG = [
    {"time_zone": "Mars/Base", "screen": "wall"},
    {"time_zone": "../../etc/passwd", "screen": ""},
    {"time_zone": "Europe"},
    {},
    {"page": "javascript:alert(1)", "title": ["x"], "referrer": 7},
]


def seen(agent: api.Person, visitor: api.Person) -> dict[str, Any]:
    found: dict[str, Any] = agent.get(f"/w/conversations/{visitor.conversation}/head").json()["visitor"]
    return found


def test_the_team_sees_zone_language_and_screen_of_a_visitor_and_nothing_made_up(
    ada: api.Person, ana: api.Person, ben: api.Person
) -> None:
    ada.send("hello")
    assert ada.post("/w/session", json={"locale": "de"}).status_code == 200
    good = {"time_zone": "America/New_York", "screen": "phone"}
    assert ada.request("PATCH", "/w/session", json=good).status_code == 204
    assert good.items() <= seen(ana, ada).items()
    page = ana.get(f"/inbox/{ada.conversation}", headers={"Accept": "text/html"}).text
    for words in ("America/New York", ">Phone<", ">German<"):
        assert words in page
    listening = ben.listen()
    jugs = {
        "page": "https://shop.test/jugs",
        "title": "<b>Jugs</b> \u202eand more",
        "referrer": "https://search.test/?q=jug",
    }
    lids = {"page": "https://shop.test/lids#top", "title": "", "referrer": "https://shop.test/jugs"}
    for told in (jugs, jugs, lids, lids | {"title": "Lids " * 99}):
        assert ada.request("PATCH", "/w/session", json=good | told).status_code == 204
    assert [listening.next("people").data["people"] for _each in range(3)] == [[ada.id]] * 3  # once was known
    shown = [(it["url"], it["title"], it["referrer"]) for it in seen(ana, ada)["pages"]]
    assert shown[1] == ("https://shop.test/jugs", "<b>Jugs</b> and more", "https://search.test/?q=jug")
    assert (shown[0][0], len(shown[0][1]), shown[0][2]) == ("https://shop.test/lids", 200, "")  # the site's own page
    page = ana.get(f"/inbox/{ada.conversation}", headers={"Accept": "text/html"}).text
    assert "&lt;b&gt;Jugs&lt;/b&gt; and more" in page
    assert "from search.test/?q=jug" in page
    assert 'data-page-title="Lids Lids' in page
    for wrong in WRONG:
        assert ada.request("PATCH", "/w/session", json=wrong).status_code == 204, wrong
        assert {"time_zone": "", "screen": ""}.items() <= seen(ana, ada).items(), wrong
    assert api.Person(ada.url).request("PATCH", "/w/session", json=good).status_code == 401


@pytest.mark.parametrize("form", ["application/json", "text/html"])
def test_nothing_of_it_is_told_to_visitors(ada: api.Person, form: str) -> None:
    ada.request(
        "PATCH",
        "/w/session",
        json={"time_zone": "Asia/Tokyo", "screen": "tablet", "page": "https://shop.test/", "title": "xyzzy"},
    )
    paths = ("/w/conversations", f"/w/conversations/{ada.conversation}", f"/w/conversations/{ada.conversation}/head")
    loaded = [ada.get(path, headers={"Accept": form}).text for path in paths]
    assert not [it for it in loaded if "Asia/Tokyo" in it or "xyzzy" in it]
