"""Blocks: nothing more is taken from who is blocked; earlier messages they still read, and it can be taken back."""

from __future__ import annotations

import pytest

from tests import api, services
from tests.web import database_inspection

pytestmark = pytest.mark.any_database


def test_a_blocked_visitor_reads_and_writes_no_more_until_an_agent_takes_it_back(
    ada: api.Person, bob: api.Person, ana: api.Person, ben: api.Person
) -> None:
    where = ada.send("buy my pills").json()["conversation"]
    blocked = ana.post(f"/w/people/{ada.id}/block", json={"kind": "visitor"})
    assert (blocked.status_code, bool(blocked.json()["blocked"]["visitor"])) == (201, True)
    assert ana.post(f"/w/people/{ada.id}/block", json={"kind": "visitor"}).status_code == 201  # once more is no error
    refused = [
        ada.send("more pills", where),
        ada.post("/w/groups", json={"title": "pills"}),
        ada.post("/w/uploads", headers={"Upload-Length": "3"}),
        ada.post("/w/calls", json={"conversation": where, "media": "voice"}),
        ada.post(f"/w/conversations/{where}/typing"),
    ]
    assert [it.status_code for it in refused] == [403] * len(refused)
    assert refused[0].json()["reason"] == "You cannot write here any more."
    assert [it["body"] for it in ada.history(where)] == ["buy my pills"]
    assert ada.post("/w/session", json={}).status_code == 200
    assert bob.send("hello").status_code == 201
    page = ana.get(f"/inbox/{where}", headers={"Accept": "text/html"}).text
    assert 'data-testid="block"' in page
    assert "Blocked: they can read" in page
    (block,) = [it for it in ben.get("/inbox/settings/blocks").json()["blocks"] if it["value"] == ada.id]
    assert (block["name"], block["by"]["name"]) == ("Ada", "Ana")
    assert ben.request("DELETE", f"/inbox/settings/blocks/{block['id']}").status_code == 200
    assert ada.send("sorry", where).status_code == 201


def test_an_address_is_blocked_for_all_who_come_from_there_but_never_everybodys(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    path = f"/w/people/{ada.id}/block"
    assert ana.post(path, json={"kind": "address"}).status_code == 422  # of the tests' own machine
    here = "INSERT INTO blocks (id, kind, value, reason, by_id, created_at) "
    here += "VALUES ('b10c', 'address', '127.0.0.1', '', :by, '2026-11-01 00:00:00')"
    database_inspection.run(server, here, by=ana.id)
    try:
        assert ada.send("hello").status_code == 403
        assert api.Person(server.url).post("/w/session", json={}).status_code == 403
        assert ada.get("/w/conversations").status_code == 200
        assert ana.get("/inbox/settings/blocks").json()["blocks"]
    finally:
        database_inspection.run(server, "DELETE FROM blocks WHERE id = 'b10c'")
    set_address = "UPDATE tokens SET address = '8.8.8.8' WHERE user_id = :id"
    database_inspection.run(server, set_address, id=ada.id)
    assert ana.post(path, json={"kind": "address"}).json()["blocked"]["address"]
    shown = ana.get("/inbox/settings/blocks", headers={"Accept": "text/html"}).text
    assert "8.8.8.8" in shown
