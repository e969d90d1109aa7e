"""The team's work: what is open, snoozed or resolved, and whose it is; the visitor learns nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection, group_setup
from tests.web.group_setup import entry
from tests.web.team_setup import change, soon

TEAM_KEYS = {"status", "assignee", "labels", "waiting_since", "snoozed_until", "rating", "case"}


def test_what_a_visitor_writes_opens_a_case_and_waits_until_it_is_answered(ada: api.Person, ana: api.Person) -> None:
    first, second = (ada.send(body).json() for body in ("hello?", "anybody?"))
    found = entry(ana, first["conversation"])
    assert (found["status"], found["assignee"], found["labels"]) == ("open", None, [])
    assert found["waiting_since"] == first["created_at"]
    assert found["case"]["opened_at"] == first["created_at"]
    assert found["case"]["first_answer_at"] is None
    answer = ana.send("yes", second["conversation"]).json()
    found = entry(ana, first["conversation"])
    assert found["waiting_since"] is None
    assert found["assignee"]["id"] == ana.id
    assert found["case"]["first_answer_at"] == answer["created_at"]


def test_a_second_agents_answer_does_not_take_the_conversation(
    ada: api.Person, ana: api.Person, ben: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    ana.send("yes", where)
    ben.send("also here", where)
    assert entry(ben, where)["assignee"]["id"] == ana.id


def test_a_visitor_gets_the_shapes_without_a_key_of_the_teams(ada: api.Person, ana: api.Person) -> None:
    with services.closing(ada.listen()) as stream:
        where = ada.send("hello").json()["conversation"]
        before = set(entry(ada, where))
        change(ana, where, assignee="me", labels=["billing"], status="resolved")
        ana.send("done", where)
        stream.next("message")
        stream.next("message")
        assert stream.next("conversation").data
    after = entry(ada, where)
    assert set(after) == before
    assert not TEAM_KEYS & set(after)
    assert [it["body"] for it in ada.history(where)] == ["hello", "done"]
    for event in stream.events:
        assert not isinstance(event.data, dict) or not (TEAM_KEYS - {"status"}) & set(event.data)
        assert "billing" not in str(event.data)
        assert "took this" not in str(event.data)


def test_snoozed_conversations_open_with_the_visitors_next_words(ada: api.Person, ana: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    until = soon(hours=3)
    snoozed = change(ana, where, snoozed_until=until, assignee="me")
    assert (snoozed["status"], snoozed["snoozed_until"][:16]) == ("snoozed", until[:16])
    ada.send("one more thing", where)
    found = entry(ana, where)
    assert (found["status"], found["snoozed_until"], found["assignee"]["id"]) == ("open", None, ana.id)


def test_a_resolved_case_is_reopened_within_its_hours_and_a_new_one_begins_later(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    change(ana, where, assignee="me")
    done = change(ana, where, status="resolved")
    assert (done["status"], done["waiting_since"]) == ("resolved", None)
    assert done["case"]["resolved_at"]
    ada.send("not quite", where)
    again = entry(ana, where)
    assert (again["status"], again["case"]["id"], again["case"]["resolved_at"]) == ("open", done["case"]["id"], None)
    assert again["assignee"]["id"] == ana.id
    change(ana, where, status="resolved")
    long_ago = datetime.now(UTC) - timedelta(hours=49)
    database_inspection.run(
        server, "UPDATE cases SET resolved_at = :at WHERE id = :id", at=long_ago, id=done["case"]["id"]
    )
    sent = ada.send("something new", where).json()
    new = entry(ana, where)
    assert new["case"]["id"] != done["case"]["id"]
    assert (new["status"], new["assignee"], new["waiting_since"]) == ("open", None, sent["created_at"])


def test_who_is_away_does_not_keep_a_case_that_is_reopened(ada: api.Person, ana: api.Person, ben: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    change(ana, where, assignee="me", status="resolved")
    ana.request("PATCH", "/w/agents/me", json={"available": False})
    ada.send("not quite", where)
    assert entry(ben, where)["assignee"] is None


def test_of_two_who_take_a_conversation_one_wins_and_the_other_is_told_by_whom(
    ada: api.Person, ana: api.Person, ben: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    path, fields = f"/w/conversations/{where}", {"assignee": "me", "if_assignee": ""}
    answers = at_once([lambda it=it: it.request("PATCH", path, json=fields) for it in (ana, ben)])  # type: ignore[misc]
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = next(it for it, answer in zip((ana, ben), answers, strict=True) if answer.ok)
    refused = next(answer for answer in answers if not answer.ok).json()
    assert refused["error"] == "conflict"
    assert entry(ana, where)["assignee"]["name"] in refused["reason"]
    assert entry(ana, where)["assignee"]["id"] == winner.id
    assert winner.request("PATCH", path, json=fields).status_code == 200  # a retry is no quarrel


def test_what_the_team_does_stands_in_its_log_and_reaches_every_agent_at_once(
    ada: api.Person, ana: api.Person, ben: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    with services.closing(ben.listen()) as stream:
        change(ana, where, assignee=ben.id, labels=["billing"])
        shown = stream.next("conversation").data
        while not shown["labels"]:
            shown = stream.next("conversation").data
        assert (shown["assignee"]["id"], shown["labels"]) == (ben.id, ["billing"])
        assert stream.next("counts").data["counts"]["mine"] == 1
    lines = [(it["kind"], it.get("private"), it["body"]) for it in ben.history(where)[1:]]
    assert [line[:2] for line in lines] == [("system", True)] * 2
    assert lines[0][2].startswith("Ana ")
    assert "billing" in lines[1][2]
    assert entry(ben, where)["last"]["body"] == "hello"


BAD = {
    "a status that is none": {"status": "done"},
    "a time without its zone": {"snoozed_until": "2030-01-01T00:00:00"},
    "a time that is over": {"snoozed_until": "2020-01-01T00:00:00Z"},
    "a time for what is open": {"status": "open", "snoozed_until": "2030-01-01T00:00:00Z"},
    "an assignee that is none": {"assignee": "somebody"},
    "an assignee who is nobody": {"assignee": group_setup.MISSING},
    "the team as assignee": {"assignee": "team"},
    "labels that are none": {"labels": 7},
    "too many labels": {"labels": [str(number) for number in range(21)]},
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(what: str, ada: api.Person, ana: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    before = entry(ana, where)
    answer = ana.request("PATCH", f"/w/conversations/{where}", json=BAD[what])
    assert answer.status_code == 422, answer.text
    assert answer.json()["reason"].endswith(".")
    assert entry(ana, where) | {"members": 0} == before | {"members": 0}


def test_a_visitor_may_do_nothing_of_this(ada: api.Person, ana: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    tries = [
        ada.request("PATCH", f"/w/conversations/{where}", json={"status": "resolved"}),
        ada.post(f"/w/conversations/{where}/viewing"),
        ada.get("/w/canned"),
        ada.post("/w/canned", json={"short": "hi", "text": "Hi!"}),
        ada.get("/w/labels"),
        ada.post("/w/labels", json={"name": "x"}),
        ada.get("/w/agents"),
        ada.request("PATCH", "/w/agents/me", json={"available": True}),
    ]
    assert [answer.status_code for answer in tries] == [403] * len(tries)
    assert entry(ana, where)["status"] == "open"


def test_a_conversation_in_which_nothing_was_written_has_no_case(ada: api.Person, ana: api.Person) -> None:
    group = group_setup.group(ada)
    assert group not in [it["id"] for it in ana.conversations()]
    assert ana.request("PATCH", f"/w/conversations/{group}", json={"status": "resolved"}).status_code == 422
    ada.send("now there is", group)
    assert group in [it["id"] for it in ana.conversations()]
