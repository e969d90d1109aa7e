"""The settings in the inbox: owners change, agents look, everybody else is outside."""

from __future__ import annotations

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from tests.web import team_setup
from widget import create_app, settings
from widget.chat import hours
from widget.web.views.settings import frame

pytestmark = pytest.mark.any_database

OPEN_TO_AGENTS = {
    "POST /inbox/settings/labels",
    "POST /inbox/settings/notifications/mine",
    "POST /inbox/settings/canned",
    "PATCH /inbox/settings/canned/<id:answer_id>",
    "DELETE /inbox/settings/canned/<id:answer_id>",
    "PATCH /inbox/settings/people/me",
    "POST /inbox/settings/people/me/picture",
    "DELETE /inbox/settings/people/me/picture",
    "DELETE /inbox/settings/blocks/<id:block_id>",
}
"""What every agent may change there."""

FOR_OWNERS = {"GET /inbox/settings/appearance/check"}
"""What looks, and is for owners all the same: this server fetches what they name."""


def _routes() -> list[str]:
    """Every route of the settings, with a page of each area."""
    app = create_app(settings.from_environ({}))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/inbox/settings")]
    methods = {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    areas = {f"GET /inbox/settings/{area}" for area in frame.names()}
    return sorted(methods - {"GET /inbox/settings/<name>"} | areas)


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
        forbidden = route in FOR_OWNERS or (not looks and route not in OPEN_TO_AGENTS)
        assert (by_agent.status_code == 403) == forbidden, (route, by_agent.text)
        if looks:
            shown = ana.request(method, path, headers={"Accept": "text/html"})
            assert shown.status_code in (200, 302, 403, 404), (route, shown.text)
        else:
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


def test_people_come_by_a_link_change_roles_and_leave_with_their_work_handed_on_but_for_the_last_owner(
    own_server: services.ChatServer,
) -> None:
    server, people = own_server, "/inbox/settings/people"
    owner = api.agent(server)  # the first one
    me = owner.get(people).json()["me"]
    invited = owner.post(people, json={"email": "Ben@example.com", "name": "Ben"}).json()
    ben_id, link = invited["invited"]["id"], invited["invited"]["link"]
    listed = {it["id"]: it for it in owner.get(people).json()["people"]}
    assert (listed[ben_id]["role"], listed[ben_id]["has_signed_in"], listed[ben_id]["sessions"]) == ("agent", False, 0)
    assert listed[ben_id]["invited_until"]
    assert "No mail is set up here" in owner.get(people, headers={"Accept": "text/html"}).text
    assert owner.post(f"{people}/{ben_id}/mail").status_code == 409
    assert owner.post(people, json={"email": "ben@example.com"}).status_code == 422
    newer = owner.post(f"{people}/{ben_id}/link").json()["invited"]["link"]
    assert requests.get(link, allow_redirects=False, timeout=30).status_code == 401  # the first one is worthless now
    let_in = requests.get(newer, allow_redirects=False, timeout=30)
    ben = api.Person(server.url, {"Cookie": f"chat_inbox={let_in.cookies['chat_inbox']}"}, ben_id)
    assert requests.get(newer, allow_redirects=False, timeout=30).status_code == 401

    assert ben.request("PATCH", f"{people}/me", json={"name": "Benno"}).json()["people"][0]["name"] == "Benno"
    for last in (("PATCH", {"role": "agent"}), ("DELETE", {})):
        assert owner.request(last[0], f"{people}/{me}", json=last[1]).status_code == 409
    assert ben.request("PATCH", f"{people}/{ben_id}", json={"role": "owner"}).status_code == 403
    assert owner.request("PATCH", f"{people}/{ben_id}", json={"role": "owner"}).status_code == 200
    carla = owner.post(people, json={"email": "carla@example.com"}).json()["invited"]["link"]
    demoted = at_once(
        [
            lambda: owner.request("PATCH", f"{people}/{ben_id}", json={"role": "agent"}).status_code,
            lambda: ben.request("PATCH", f"{people}/{me}", json={"role": "agent"}).status_code,
        ]
    )
    assert sorted(demoted)[0] == 200
    assert sorted(demoted)[1] in (403, 409), demoted  # whoever is second finds themselves, or the other, the last one
    if demoted[0] == 200:
        assert owner.request("PATCH", f"{people}/{ben_id}", json={"role": "owner"}).status_code == 200
        assert ben.request("PATCH", f"{people}/{me}", json={"role": "agent"}).status_code == 200
    assert owner.post(people, json={"email": "x@example.com"}).status_code == 403  # at once

    ada = api.visitor(server.url, name="Ada")
    ada.send("hello?")
    team_setup.change(owner, ada.conversation, assignee="me")
    into_group = owner.post(f"/w/groups/{ada.conversation}/invites").json()["token"]
    assert ben.request("DELETE", f"{people}/{me}", json={"hand_to": me}).status_code == 422
    left = ben.request("DELETE", f"{people}/{me}", json={"hand_to": ben_id})
    assert ben_id in [it["id"] for it in left.json()["people"]]
    assert requests.get(carla, allow_redirects=False, timeout=30).status_code == 401  # who made it has gone
    assert api.visitor(server.url).post(f"/w/invites/{into_group}").status_code == 410
    assert owner.get(people).status_code == 401
    assert ben.get(f"/w/conversations/{ada.conversation}").status_code == 200
    mine = ben.get("/w/conversations?view=mine").json()["conversations"]
    assert [it["id"] for it in mine] == [ada.conversation]

    done = [it["action"] for it in ben.get("/inbox/settings/audit", params={"kind": "agent"}).json()["entries"]]
    assert (done[0], done[-3:]) == ("agent.remove", ["agent.change", "agent.link", "agent.invite"])
    assert set(done[1:-3]) == {"agent.role", "agent.invite"}
    by_ben = ben.get("/inbox/settings/audit", params={"actor": ben_id, "kind": "agent"}).json()["entries"]
    assert {it["actor"]["name"] for it in by_ben} == {"Benno"}


def test_what_several_set_at_the_same_moment_is_all_kept(owner: api.Person) -> None:
    fields = {"closed_words": f"Back soon, {owner.id}.", "time_zone": "Asia/Tokyo", "country": "JP"}
    answers = at_once(
        [
            lambda one=one: owner.request("PATCH", "/inbox/settings/hours", json=dict([one])).status_code
            for one in fields.items()
        ]
    )
    assert answers == [200] * 3
    kept = owner.get("/inbox/settings/hours").json()["hours"]
    assert {name: kept[name] for name in fields} == fields


def test_rules_hours_and_canned_answers_are_kept_as_they_are_set_and_what_cannot_be_is_refused(
    own_server: services.ChatServer,
) -> None:
    owner, visitor = api.agent(own_server), api.visitor(own_server.url)
    stream = visitor.listen()
    rules = owner.request(
        "PATCH", "/inbox/settings/rules", json={"remind_after_minutes": "5", "resolve_after_days": ""}
    )
    assert (rules.json()["rules"]["remind_after_minutes"], rules.json()["rules"]["resolve_after_days"]) == (5, None)
    assert owner.request("PATCH", "/inbox/settings/rules", json={"away_after_minutes": "0"}).status_code == 422
    given = owner.request("PATCH", "/inbox/settings/rules/assignment", json={"by_turns": "1", "capacity": 3}).json()
    assert given["assignment"] == {"by_answering": True, "by_turns": True, "capacity": 3}

    never = {f"{day}_from": "09:00" for day in hours.DAYS}
    closed = {
        "on": "1",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "BY",
        "closed_words": "Gone fishing.",
    }
    assert owner.request("PATCH", "/inbox/settings/hours", json=closed | never).json()["until"] is None
    told = stream.next("presence").data
    assert told["closed"] == {"until": None, "words": "Gone fishing."}
    assert "Gone fishing." in api.Person(own_server.url).get("/popup", headers={"Accept": "text/html"}).text
    for wrong in (
        {"time_zone": "Mars/Base"},
        {"country": "XX"},
        {"monday": ["17:00", "09:00"]},
        {"monday": ["9", "10"]},
        {"monday": [["09:00", "12:00"], ["11:00", "17:00"]]},
        {"monday": [["09:00", "12:00"], "13:00"]},
        {"monday": [[f"{hour:02}:00", f"{hour:02}:30"] for hour in range(4)]},
        {"monday_open": "1", "monday_from": "09:00", "monday_to": "12:00", "monday_from_2": "13:00"},
    ):
        assert owner.request("PATCH", "/inbox/settings/hours", json=wrong).status_code == 422, wrong
    halves = {"monday_open": "1", "monday_from": "13:00", "monday_to": "17:00"}
    halves |= {"monday_from_2": "09:00", "monday_to_2": "12:00", "monday_from_3": "", "monday_to_3": ""}
    week = owner.request("PATCH", "/inbox/settings/hours", data=halves).json()["hours"]["week"]
    assert (week["monday"], week["tuesday"]) == ([["09:00", "12:00"], ["13:00", "17:00"]], [])

    made = owner.post("/inbox/settings/canned", json={"short": "/hi", "text": "Hello {{visitor.name}}", "shared": True})
    answer = made.json()["canned"][0]
    assert (answer["short"], answer["shared"]) == ("hi", True)
    path = f"/inbox/settings/canned/{answer['id']}"
    assert owner.request("PATCH", path, json={"text": "Hi!"}).json()["canned"][0]["text"] == "Hi!"
    assert owner.request("DELETE", path).json()["canned"] == []
