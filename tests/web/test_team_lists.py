"""The team's views: conditions, counts, pages and filters; and what the team shares, labels and canned answers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import api, services
from tests.web import database_inspection, group_setup, team_setup
from tests.web.team_setup import change, soon


def listed(agent: api.Person, **query: str) -> list[str]:
    """The ids of the conversations on the first page."""
    answer = agent.get("/w/conversations", params=query)
    assert answer.status_code == 200, answer.text
    return [it["id"] for it in answer.json()["conversations"]]


def every_page(agent: api.Person, view: str) -> list[str]:
    """The ids of all conversations of a view: other tests fill the same server, so one page may not reach ours."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = agent.get("/w/conversations", params={"view": view, "after": after}).json()
        found += [it["id"] for it in page["conversations"]]
        after = page["next"]
    return found


def counts(agent: api.Person) -> dict[str, Any]:
    found: dict[str, Any] = agent.get("/w/conversations?view=mine").json()["counts"]
    return found


def test_each_view_has_what_its_name_says(ada: api.Person, bob: api.Person, cleo: api.Person, ana: api.Person) -> None:
    first, second, third = (it.send("hello").json()["conversation"] for it in (ada, bob, cleo))
    before = counts(ana)
    ana.send("hello Bob", second)
    change(ana, third, snoozed_until=soon(hours=1))
    views = ("waiting", "mine", "unassigned", "open", "snoozed", "resolved", "all")
    pages = {view: every_page(ana, view) for view in views}
    in_views = {view: [it for it in (first, second, third) if it in pages[view]] for view in views}
    assert in_views == {
        "waiting": [first],
        "mine": [second],
        "unassigned": [first],
        "open": [first, second],
        "snoozed": [third],
        "resolved": [],
        "all": [first, second, third],
    }
    after = counts(ana)
    assert after["mine"] == 1
    assert {name: after[name] - before[name] for name in ("waiting", "snoozed", "open", "all")} == {
        "waiting": -2,
        "snoozed": 1,
        "open": -1,
        "all": 0,
    }


def test_the_longest_waiting_comes_first(ada: api.Person, bob: api.Person, ana: api.Person) -> None:
    first, second = (it.send("hello").json()["conversation"] for it in (ada, bob))
    ada.send("hello?", first)
    waiting = every_page(ana, "waiting")
    assert waiting.index(first) < waiting.index(second)


def test_pages_of_fifty_follow_each_other_without_gap_or_repetition(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    [[template]] = database_inspection.run(server, "SELECT case_id FROM conversations WHERE id = :id", id=where)
    label = f"page {uuid.uuid4().hex[:6]}"
    [label_id] = [it["id"] for it in [ana.post("/w/labels", json={"name": label}).json()]]
    at = datetime.now(UTC).replace(microsecond=0)
    ids = [f"{number:04x}{ada.id[:12]}" for number in range(120)]
    # Ten at each moment: the order within one must hold as well.
    rows = [
        {
            "id": it,
            "kind": "direct",
            "last_seq": 0,
            "created_at": at,
            "updated_at": at - timedelta(seconds=number // 10),
        }
        | {"case_id": template}
        for number, it in enumerate(ids)
    ]
    database_inspection.insert(server, "conversations", rows)
    member = {"user_id": "team", "joined_at": at, "delivered_upto": 0, "read_upto": 0}
    database_inspection.insert(server, "members", [member | {"id": it, "conversation_id": it} for it in ids])
    labelled = [{"conversation_id": it, "label_id": label_id} for it in ids]
    database_inspection.insert(server, "conversation_labels", labelled)
    pages, after = [], ""
    while after is not None:
        page = ana.get("/w/conversations", params={"label": label.upper(), "after": after}).json()
        pages.append([it["id"] for it in page["conversations"]])
        after = page["next"]
    for table, column in (("conversation_labels", "conversation_id"), ("members", "id"), ("conversations", "id")):
        database_inspection.run(server, f"DELETE FROM {table} WHERE {column} LIKE :ids", ids=f"____{ada.id[:12]}")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [it for page in pages for it in page] == ids


def test_the_list_in_html_loads_what_follows_by_itself(ada: api.Person, ana: api.Person) -> None:
    ada.send("hello")
    page = ana.get("/w/conversations?view=waiting", headers={"Accept": "text/html"}).text
    assert 'data-testid="inbox-item"' in page
    more = ana.get("/w/conversations?view=waiting").json()["next"]
    assert ("view=waiting&amp;after=" in page) == (more is not None)


FOUND = {
    "a word of a message": "zebra",
    "a part of a word": "zebr",
    "two words of different messages": "zebra giraffe",
    "the visitor's name": "Adalind",
    "the visitor's address": "adalind@example",
    "a label": 'label:"big deal"',
    "the assignee by name": "assignee:ana",
    "the assignee as me": "assignee:me",
    "from": "from:adalind",
    "a state": "is:open",
    "after": "after:2020-01-31",
    "several at once": 'zebra from:adalind label:"big deal" assignee:me is:open after:2020-01-31',
}
NOT_FOUND = {
    "a word that nobody wrote": "quagga",
    "one of two words": "zebra quagga",
    "another label": "label:nothing",
    "nobody": "assignee:none",
    "another visitor": "from:zacharias",
    "unanswered": "zebra is:unanswered",
    "snoozed": "zebra is:snoozed",
    "a file": "zebra has:file",
    "before": "zebra before:2020-01-31",
    "the future": "zebra after:2090-01-31",
}


@pytest.fixture
def chosen(server: services.ChatServer, ana: api.Person) -> str:
    """A conversation that is to be found."""
    visitor = api.visitor(server.url, name="Adalind", email=f"adalind@example{uuid.uuid4().hex[:6]}.com")
    where: str = visitor.send("have you seen my zebra?").json()["conversation"]
    visitor.send("or a giraffe", where)
    ana.send("which one?", where)
    change(ana, where, labels=["Big Deal"])
    return where


def test_a_search_finds_by_words_people_and_filters(chosen: str, ana: api.Person) -> None:
    for what, question in FOUND.items():
        assert chosen in listed(ana, q=question), what
    for what, question in NOT_FOUND.items():
        assert chosen not in listed(ana, q=question), what


BAD = {
    "a view that is none": {"view": "everything"},
    "a cursor that is none": {"after": "x"},
    "a day that is none": {"q": "before:yesterday"},
    "a state that is none": {"q": "is:happy"},
    "something nobody has": {"q": "has:horse"},
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(what: str, ana: api.Person) -> None:
    answer = ana.get("/w/conversations", params=BAD[what])
    assert (answer.status_code, answer.json()["error"]) == (422, "unprocessable")
    assert answer.json()["reason"].endswith(".")


def test_a_visitors_list_is_as_ever_whatever_they_ask_for(ada: api.Person) -> None:
    ada.send("hello")
    for query in ("", "?view=waiting", "?q=x&after=1"):
        assert set(ada.get(f"/w/conversations{query}").json()) == {"conversations"}


def test_labels_are_shared_and_counted_and_owners_rename_them_and_take_them_off(
    server: services.ChatServer, ada: api.Person, ana: api.Person, ben: api.Person
) -> None:
    name = f"Label {uuid.uuid4().hex[:6]}"
    made = ana.post("/w/labels", json={"name": f" {name} ", "color": "#aa00ff"})
    assert (made.status_code, made.json()["name"]) == (201, name)
    assert ben.post("/w/labels", json={"name": name.upper()}).status_code == 409
    assert ben.post("/w/labels", json={"name": "x", "color": "red"}).status_code == 422
    where = ada.send("hello").json()["conversation"]
    assert change(ben, where, labels=[name.lower()])["labels"] == [name]
    found = next(it for it in ben.get("/w/labels").json()["labels"] if it["name"] == name)
    assert (found["conversations"], found["color"]) == (1, "#aa00ff")
    assert counts(ana)["labels"][name] == 1
    path = f"/w/labels/{found['id']}"
    assert ben.request("PATCH", path, json={"name": "mine"}).status_code == 403
    assert ben.request("DELETE", path).status_code == 403
    olga = team_setup.agent(server, "Olga", role="owner")
    assert olga.request("PATCH", path, json={"name": f"{name}!"}).json()["name"] == f"{name}!"
    assert group_setup.entry(ana, where)["labels"] == [f"{name}!"]
    assert olga.request("DELETE", path).status_code == 204
    assert group_setup.entry(ana, where)["labels"] == []
    assert olga.request("DELETE", path).status_code == 404


def test_canned_answers_are_shared_or_ones_own_and_the_most_used_come_first(ana: api.Person, ben: api.Person) -> None:
    tag = uuid.uuid4().hex[:6]
    often, seldom = (
        ana.post("/w/canned", json={"short": f"{it}-{tag}", "text": "Hello {{visitor.name}}!"}).json()
        for it in ("often", "seldom")
    )
    own = ana.post("/w/canned", json={"short": f"/own-{tag}", "text": "mine", "shared": False}).json()
    assert (own["short"], own["shared"], often["shared"]) == (f"own-{tag}", False, True)
    assert ben.post(f"/w/canned/{often['id']}/used").status_code == 204

    def shorts(person: api.Person) -> list[str]:
        return [it["short"] for it in person.get(f"/w/canned?q={tag}").json()["canned"]]

    assert shorts(ben) == [often["short"], seldom["short"]]
    assert set(shorts(ana)) == {often["short"], seldom["short"], own["short"]}
    path = f"/w/canned/{own['id']}"
    assert [ben.request(it, path, json={"text": "x"}).status_code for it in ("PATCH", "DELETE")] == [404, 404]
    assert ben.post("/w/canned", json={"short": often["short"].upper(), "text": "x"}).status_code == 409
    for bad in ({"short": "two words", "text": "x"}, {"short": f"x-{tag}", "text": " "}, {}):
        assert ben.post("/w/canned", json=bad).status_code == 422
    assert ana.request("PATCH", path, json={"text": "still mine"}).json()["text"] == "still mine"
    assert ana.request("DELETE", path).status_code == 204
    assert own["short"] not in shorts(ana)


def test_who_is_available_is_told_to_all_colleagues_at_once(ana: api.Person, ben: api.Person) -> None:
    with services.closing(ben.listen()) as stream:
        answer = ana.request("PATCH", "/w/agents/me", json={"available": False, "capacity": 3})
        assert (answer.json()["available"], answer.json()["capacity"]) == (False, 3)
        told = stream.next("agent").data
        while told["available"]:
            told = stream.next("agent").data
        assert told["id"] == ana.id
    found = next(it for it in ben.get("/w/agents").json()["agents"] if it["id"] == ana.id)
    assert (found["available"], found["capacity"], found["role"]) == (False, 3, "agent")
    for bad in ({}, {"available": "perhaps"}, {"capacity": "many"}, {"capacity": 100_000}):
        assert ana.request("PATCH", "/w/agents/me", json=bad).status_code == 422
