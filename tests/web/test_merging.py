"""Merging: visitors who are one person are shown together to the team, to nobody else, and it can be undone."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from typing import Any

from tests import api, services
from tests.concurrency import at_once

HTML = {"Accept": "text/html"}


def panel(agent: api.Person, conversation: str) -> dict[str, Any]:
    found: dict[str, Any] = agent.get(f"/w/conversations/{conversation}/head").json()["visitor"]
    return found


def merge(agent: api.Person, one: api.Person, other: api.Person, **fields: Any) -> int:
    body = {"other": other.id, "confirm": 1} | fields
    return agent.post(f"/w/people/{one.id}/merge", json=body).status_code


def known(visitor: api.Person, conversation: str) -> list[str]:
    """What a visitor can load of their conversations, in both forms."""
    paths = ("/w/conversations", f"/w/conversations/{conversation}", f"/w/conversations/{conversation}/head")
    return [visitor.get(path, headers={"Accept": form}).text for path in paths for form in ("application/json", "*/*")]


def test_two_visitors_are_one_person_for_the_team_alone_until_they_are_separated(
    server: services.ChatServer, ana: api.Person, ben: api.Person
) -> None:
    word = uuid.uuid4().hex
    carla = api.visitor(server.url, name=f"Carla {word}", email=f"{word}@example.com")
    phone = api.visitor(server.url, name="Visitor on a phone")
    first, second = (it.send("hello").json()["conversation"] for it in (carla, phone))
    found = ana.get(f"/w/people/{phone.id}/merge", params={"q": word}).json()["people"]
    assert [(it["id"], it["conversations"], it["proved"]) for it in found] == [(carla.id, 1, False)]
    assert (
        "and Visitor on a phone as one person"
        in ana.get(f"/w/people/{phone.id}/merge", params={"q": word}, headers=HTML).text
    )
    streams = [it.listen(as_json) for it in (carla, phone) for as_json in (True, False)]
    listening = ben.listen()

    assert merge(ana, phone, carla, confirm=0) == 422  # who has not read what it means
    assert merge(ana, phone, phone) == 422
    assert merge(ana, phone, api.Person("", id="0" * 16)) == 404
    assert ana.post(f"/w/people/{phone.id}/merge", json={"other": ben.id, "confirm": 1}).status_code == 403
    assert merge(ana, phone, carla) == 201
    assert set(listening.next("people").data["people"]) == {carla.id, phone.id}
    assert [it["id"] for it in panel(ben, second)["merged"]] == [carla.id]
    assert [(it["id"], it["last"]) for it in panel(ben, first)["earlier"]] == [(second, "hello")]
    shown = ben.get(f"/inbox/{second}", headers=HTML).text
    assert 'data-testid="merged"' in shown
    assert "this server sends no mails" in shown
    refused = phone.post("/w/earlier", json={"email": f"{word}@example.com"})
    assert (refused.status_code, "sends no mails" in refused.json()["reason"]) == (422, True)
    assert "Earlier conversations" not in phone.get(f"/w/conversations/{second}/about", headers=HTML).text
    assert f'href="/inbox/{first}"' in shown
    assert ben.get(f"/inbox/people/{carla.id}").headers["Location"] == f"/inbox/{first}"
    for query in (word, f"from:{word}"):
        page = ben.get("/w/conversations", params={"view": "open", "q": query}).json()
        assert {it["id"] for it in page["conversations"]} == {first, second}
    hits = ben.get("/w/search", params={"q": word}).json()["people"]
    assert [it["id"] for it in hits] == [carla.id, phone.id]

    # To the visitors nothing has happened, in whatever way they look.
    for visitor, own, other, foreign in ((carla, first, phone, second), (phone, second, carla, first)):
        assert not [it for it in known(visitor, own) if other.id in it or foreign in it or "merged" in it]
    assert [it.get("/w/search", params={"q": "hello"}).json()["messages"][1:] for it in (carla, phone)] == [[], []]
    assert carla.id.encode() not in phone.get("/w/people/me/export").content
    assert phone.send("last words", second).status_code == 201
    streams[3].next("message")
    assert not [it for stream in streams for it in stream.events if it.type == "people" or word in str(it.data)]

    assert ben.request("DELETE", f"/w/people/{carla.id}/merge").status_code == 204
    assert ben.request("DELETE", f"/w/people/{carla.id}/merge").status_code == 204  # once more is no error
    assert (panel(ana, first)["merged"], panel(ana, second)["earlier"]) == ([], [])
    done = ana.get("/inbox/settings/audit", params={"kind": "person", "object": phone.id}).json()["entries"]
    assert [(it["action"], it["detail"]) for it in done] == [("person.merge", {"other": carla.id})]
    done = ana.get("/inbox/settings/audit", params={"object": carla.id}).json()["entries"]
    assert [it["action"] for it in done] == ["person.separate"]


def test_what_merged_visitors_have_written_is_one_thread_for_the_team(
    ada: api.Person, bob: api.Person, ana: api.Person, ben: api.Person
) -> None:
    first, second = (it.send("hello").json()["conversation"] for it in (ada, bob))
    assert merge(ana, bob, ada) == 201
    note = {"body": "between us", "client_id": str(uuid.uuid4()), "private": 1}
    written = ben.post(f"/w/conversations/{second}/messages", json=note).json()["id"]
    thread = f"/w/people/{ada.id}/history"
    read = [(it["body"], it["conversation"]) for it in ana.get(thread).json()["messages"] if it["kind"] == "text"]
    assert read == [("hello", first), ("hello", second), ("between us", second)]
    before = ana.get(thread, params={"before": written}, headers=HTML).text
    assert (len(re.findall(r">\s*hello", before)), "between us" in before) == (2, False)
    assert f"/inbox/{second}?message={written}" in ana.get(thread, headers=HTML).text
    assert [it.get(thread).status_code for it in (ada, bob)] == [403, 403]


def test_whoever_is_merged_with_one_is_merged_with_all_and_who_is_erased_is_gone(
    ada: api.Person, bob: api.Person, cleo: api.Person, stranger: api.Person, ana: api.Person
) -> None:
    people = (ada, bob, cleo, stranger)
    for it in people:
        it.send("hello")
    assert at_once([lambda: merge(ana, ada, bob), lambda: merge(ana, stranger, cleo)]) == [201, 201]
    assert set(at_once([lambda: merge(ana, bob, cleo), lambda: merge(ana, cleo, bob)])) == {201}
    for it in people:
        assert {other["id"] for other in panel(ana, it.conversation)["merged"]} == {p.id for p in people} - {it.id}
    assert ana.request("DELETE", f"/w/people/{cleo.id}").status_code == 200
    assert {it["id"] for it in panel(ana, ada.conversation)["merged"]} == {bob.id, stranger.id}


def test_whom_the_site_vouches_for_looks_otherwise_than_who_only_says_so(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    who = uuid.uuid4().hex
    proof = hmac.new(server.environ["IDENTITY_SECRET"].encode(), who.encode(), hashlib.sha256).hexdigest()
    vera = api.visitor(server.url, name=f"Vera {who}", id=who, identifier_hash=proof)
    for visitor, proved in ((vera, True), (ada, False)):
        where = visitor.send("hello").json()["conversation"]
        assert panel(ana, where)["proved"] == proved
        (row,) = [it for it in ana.conversations() if it["id"] == where]
        assert row["proved"] == proved
        assert "proved" not in visitor.get("/w/conversations").text
        page = ana.get(f"/w/conversations/{where}/head", headers=HTML).text
        assert page.count('data-testid="proved"') == 2 * proved  # above the conversation and beside it
        assert ("The site vouches for their" in page) == proved
        assert ("All that is known of them is their own word" in page) != proved
    for path in ("/w/search", f"/w/people/{ada.id}/merge", f"/w/groups/{ada.conversation}/people"):
        assert 'data-testid="proved"' in ana.get(path, params={"q": who}, headers=HTML).text, path
