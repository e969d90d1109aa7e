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
]


def seen(agent: api.Person, visitor: api.Person) -> dict[str, Any]:
    found: dict[str, Any] = agent.get(f"/w/conversations/{visitor.conversation}/head").json()["visitor"]
    return found


def test_the_team_sees_zone_language_and_screen_of_a_visitor_and_nothing_made_up(
    ada: api.Person, ana: api.Person
) -> None:
    ada.send("hello")
    assert ada.post("/w/session", json={"locale": "de"}).status_code == 200
    good = {"time_zone": "America/New_York", "screen": "phone"}
    assert ada.request("PATCH", "/w/session", json=good).status_code == 204
    assert good.items() <= seen(ana, ada).items()
    page = ana.get(f"/inbox/{ada.conversation}", headers={"Accept": "text/html"}).text
    for words in ("America/New York", ">Phone<", ">German<"):
        assert words in page
    for wrong in WRONG:
        assert ada.request("PATCH", "/w/session", json=wrong).status_code == 204, wrong
        assert {"time_zone": "", "screen": ""}.items() <= seen(ana, ada).items(), wrong
    assert api.Person(ada.url).request("PATCH", "/w/session", json=good).status_code == 401


@pytest.mark.parametrize("form", ["application/json", "text/html"])
def test_nothing_of_it_is_told_to_visitors(ada: api.Person, form: str) -> None:
    ada.request("PATCH", "/w/session", json={"time_zone": "Asia/Tokyo", "screen": "tablet"})
    paths = ("/w/conversations", f"/w/conversations/{ada.conversation}", f"/w/conversations/{ada.conversation}/head")
    assert not [path for path in paths if "Asia/Tokyo" in ada.get(path, headers={"Accept": form}).text]
