"""The settings in the inbox: owners change, agents look, everybody else is outside."""

from __future__ import annotations

import pytest

from tests import api, services
from tests.web import team_setup
from widget import create_app, settings

OPEN_TO_AGENTS = {"POST /inbox/settings/labels", "POST /inbox/settings/notifications/mine"}
"""What every agent may change there."""


def _routes() -> list[str]:
    """Every route of the settings, with a page of each area."""
    app = create_app(settings.from_environ({}))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/inbox/settings")]
    found = {
        f"{method} {rule.rule.replace('<name>', 'labels')}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    return sorted(found)


ROUTES = _routes()


@pytest.fixture
def owner(server: services.ChatServer) -> api.Person:
    """An owner whom only this test knows."""
    return team_setup.agent(server, "Olga", role="owner")


def test_owners_change_agents_look_and_nobody_else_is_let_in(
    server: services.ChatServer, visitor: api.Person, ana: api.Person, owner: api.Person
) -> None:
    """Each route of the settings, by each kind of person."""
    outsiders = (visitor, api.Person(server.url), api.Person(server.url, {"Cookie": "chat_inbox=wrong"}))
    assert ROUTES
    for route in ROUTES:
        method, rule = route.split()
        path = "/".join("0" * 16 if part.startswith("<") else part for part in rule.split("/"))
        looks = method == "GET"
        assert {it.request(method, path, json={}).status_code for it in outsiders} == {401}, route
        page = outsiders[1].request(method, path, headers={"Accept": "text/html"})
        assert page.status_code == (302 if looks else 401), route
        by_agent, by_owner = ana.request(method, path, json={}), owner.request(method, path, json={})
        assert by_owner.status_code in (200, 201, 204, 302, 303, 404, 409, 422), (route, by_owner.text)
        forbidden = not looks and route not in OPEN_TO_AGENTS
        assert (by_agent.status_code == 403) == forbidden, (route, by_agent.text)
        if not looks:
            foreign = owner.request(method, path, json={}, headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403, route


def test_labels_are_made_renamed_and_taken_away_in_the_settings(owner: api.Person, ana: api.Person) -> None:
    name = f"billing {owner.id}"
    shape = ana.post("/inbox/settings/labels", json={"name": name, "color": "#112233"}).json()
    label = next(it for it in shape["labels"] if it["name"] == name)
    changed = owner.request("PATCH", f"/inbox/settings/labels/{label['id']}", json={"name": name + "!"}).json()
    assert {"color": "#112233", "name": name + "!"}.items() <= next(
        it for it in changed["labels"] if it["id"] == label["id"]
    ).items()
    page = owner.get("/inbox/settings/labels", headers={"Accept": "text/html"}).text
    assert 'data-testid="settings-labels"' in page
    assert f'value="{name}!"' in page
    left = owner.request("DELETE", f"/inbox/settings/labels/{label['id']}").json()
    assert label["id"] not in [it["id"] for it in left["labels"]]


def test_each_chooses_what_they_are_told_and_owners_when_mails_are_sent(owner: api.Person, ana: api.Person) -> None:
    path = "/inbox/settings/notifications"
    chosen = ana.post(f"{path}/mine", json={"mail": "none", "words": "0"}).json()["mine"]
    assert (chosen["mail"], chosen["words"]) == ("none", False)
    assert owner.get(path).json()["mine"]["mail"] == "mine"
    assert ana.post(f"{path}/mine", json={"mail": "some"}).status_code == 422
    assert [owner.post(path, json={"mail_after_minutes": it}).status_code for it in (0, 1441, "x")] == [422] * 3
    assert owner.post(path, json={"mail_after_minutes": ""}).json()["mail_after_minutes"] is None
    assert owner.post(path, json={"mail_after_minutes": 7}).json()["mail_after_minutes"] == 7
    page = ana.get(path, headers={"Accept": "text/html"}).text
    assert "SMTP_URL" in page
    assert "readonly" in page


def test_numbers_are_drawn_stand_in_tables_and_can_be_reckoned_with(owner: api.Person, visitor: api.Person) -> None:
    where = visitor.send("hello").json()["conversation"]
    owner.send("here I am", where)
    shape = owner.get("/inbox/settings/numbers?period=week").json()
    assert len(shape["days"]) == 7
    assert shape["days"][-1]["count"] >= 1
    page = owner.get("/inbox/settings/numbers", headers={"Accept": "text/html"}).text
    assert page.count("<svg") >= 2
    assert page.count("<caption>") == 2
    table = owner.get("/inbox/settings/numbers.csv?period=nonsense")
    assert table.headers["Content-Type"].startswith("text/csv")
    rows = dict(line.rsplit(",", 1) for line in table.text.splitlines())
    assert int(rows["agent_cases,Olga"]) >= 1
