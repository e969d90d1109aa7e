"""Who is writing: what the team keeps about a visitor and corrects, which every agent sees at once and no visitor."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

import pytest

from tests import api, bots, services
from tests.web import file_requests, group_setup

pytestmark = pytest.mark.any_database

HTML = {"Accept": "text/html"}


def panel(agent: api.Person, conversation: str) -> dict[str, Any]:
    found: dict[str, Any] = agent.get(f"/w/conversations/{conversation}/head").json()["visitor"]
    return found


def done(agent: api.Person, visitor: api.Person) -> list[tuple[str, list[str]]]:
    """What the audit says of a visitor, the newest first: the action, and what it is told with."""
    entries = agent.get("/inbox/settings/audit", params={"kind": "person", "object": visitor.id}).json()["entries"]
    return [(it["action"], list(it["detail"])) for it in entries]


def looked_at(visitor: api.Person, conversation: str) -> str:
    """What a visitor can load; what they can save is in test_personal_data."""
    path = f"/w/conversations/{conversation}"
    paths = (path, f"{path}/head", f"{path}/about", "/w/conversations", "/w/search?q=hello")
    found = [visitor.get(it, headers=form).text for it in paths for form in (HTML, {})]
    return "".join([*found, visitor.post("/w/session", headers=HTML).text])


def test_a_note_about_a_visitor_is_kept_with_them_for_every_agent_and_no_visitor(
    server: services.ChatServer, ana: api.Person, ben: api.Person
) -> None:
    vera, phone = (api.visitor(server.url, name=name) for name in ("Vera", "Vera's phone"))
    where, other = (it.send("hello").json()["conversation"] for it in (vera, phone))
    path = f"/w/people/{vera.id}/notes"
    streams = [vera.listen(), vera.listen(as_json=False)]
    listening = ben.listen()
    for body, status in (({}, 422), ({"body": " \n"}, 422), ({"body": "x" * 4001}, 413), ({"body": ["x"]}, 422)):
        assert ana.post(path, json=body).status_code == status
    assert ana.post(f"/w/people/{ben.id}/notes", json={"body": "x"}).status_code == 404
    (note,) = ana.post(path, json={"body": "<b>xyzzyx</b>\nPays late"}).json()["notes"]
    assert listening.next("people").data["people"] == [vera.id]
    assert panel(ben, where)["notes"] == [note]
    assert (note["author"]["id"], note["body"], note["edited_at"]) == (ana.id, "<b>xyzzyx</b>\nPays late", None)
    assert "&lt;b&gt;xyzzyx" in ben.get(f"/inbox/{where}", headers=HTML).text

    # Whoever is the same person has the same notes, and says whom they are about.
    merging = {"other": phone.id, "confirm": 1}
    assert ana.post(f"/w/people/{vera.id}/merge", json=merging).status_code == 201
    assert panel(ben, other)["notes"] == [note | {"about": "Vera"}]
    assert listening.next("people")
    changed = ben.request("PATCH", f"{path}/{note['id']}", json={"body": "xyzzyx, and always late"})
    assert [(it["body"], it["author"]["id"]) for it in changed.json()["notes"]] == [("xyzzyx, and always late", ana.id)]
    assert set(listening.next("people").data["people"]) == {vera.id, phone.id}
    assert panel(ana, other)["notes"][0]["edited_at"]
    assert ben.request("DELETE", f"/w/people/{phone.id}/notes/{note['id']}").status_code == 404  # it is not theirs

    # Whom it names is told once, the others are not.
    seen = ana.listen()
    for body in ("@Ana likes her", "@Ana likes her very much", "she is liked", "@Ana once more, @Ben"):
        told = ben.request("PATCH", f"{path}/{note['id']}", json={"body": f"xyzzyx {body}"})
        assert told.status_code == 200
    told = [seen.next("mention").data for _each in range(2)]
    assert [it["summary"] for it in told] == ["xyzzyx @Ana likes her", "xyzzyx @Ana once more, @Ben"]
    assert {(it["person"], it["sender"]["id"]) for it in told} == {(vera.id, ben.id)}
    assert not listening.of("mention")

    polly = bots.add(server, "--scope", "read", "--scope", "write")
    assert "notes" not in panel(polly, where)
    assert "xyzzyx" not in looked_at(vera, where)
    vera.send("last words", where)
    for stream in streams:
        while "last words" not in str(stream.next("message").data):
            pass
        assert not [it for it in stream.events if it.type == "people" or "xyzzyx" in str(it.data)]
    assert vera.request("DELETE", f"{path}/{note['id']}").status_code == 403

    assert ben.request("DELETE", f"{path}/{note['id']}").json() == {"notes": []}
    assert ben.request("DELETE", f"{path}/{note['id']}").status_code == 404
    assert done(ana, vera) == [
        ("person.note-remove", ["note"]),
        *5 * [("person.note-change", ["note"])],
        ("person.merge", ["other"]),
        ("person.note", ["note"]),
    ]


def test_what_the_team_has_corrected_holds_whatever_the_page_says_and_goes_to_every_list_at_once(
    server: services.ChatServer, ana: api.Person, ben: api.Person, bob: api.Person
) -> None:
    who = uuid.uuid4().hex
    proof = hmac.new(server.environ["IDENTITY_SECRET"].encode(), who.encode(), hashlib.sha256).hexdigest()
    profile = {"name": "Jhon", "email": "jhon@example.com", "id": who, "identifier_hash": proof}
    john = api.visitor(server.url, **profile)
    where = john.send("hello").json()["conversation"]
    group = group_setup.group(john, bob)
    john.send("hello all", group)
    path = f"/w/people/{john.id}"
    for body, status in (({"email": "nobody"}, 422), ({"name": "x" * 201}, 413), ({"name": 1}, 422)):
        assert ana.request("PATCH", path, json=body).status_code == status
    assert ana.request("PATCH", f"/w/people/{ben.id}", json={"name": "x"}).status_code == 404
    friend, listening = bob.listen(), ben.listen()
    given = {"name": " John  Smith", "email": f"{who}@example.com", "id": "another", "external_id": "another"}
    answer = ana.request("PATCH", path, json=given).json()
    assert (answer["name"], answer["corrected"]) == ("John Smith", ["email", "name"])
    assert listening.next("people").data["people"] == [john.id]
    while "John Smith" not in str(friend.next("conversation").data):
        pass
    assert "corrected" not in str([it.data for it in friend.events])

    # The page says the same wrong name with every visit, and no more than its proof.
    assert john.post("/w/session", json=profile).json()["user"]["name"] == "John Smith"
    shown = panel(ben, where)
    known = ("name", "email", "external_id", "proved")
    assert [shown[it] for it in known] == ["John Smith", f"{who}@example.com", who, True]
    assert [it["id"] for it in ben.get("/w/search", params={"q": f"{who}@"}).json()["people"]] == [john.id]
    page = ben.get(f"/w/conversations/{where}/head", headers=HTML).text
    assert "E-mail, corrected by the team" in page
    assert "the team has corrected name and e-mail" in page

    # What is empty is forgotten, and the page's word counts again.
    assert ana.request("PATCH", path, data={"name": "John Smith", "email": ""}).status_code == 200
    shown = panel(ben, where)
    assert (shown["email"], shown["corrected"]) == (None, ["name"])
    assert ana.request("PATCH", path, json={"name": ""}).json()["name"] == f"Visitor {john.id[:6].upper()}"
    john.post("/w/session", json=profile)
    shown = panel(ben, where)
    assert (shown["name"], shown["email"], shown["corrected"]) == ("Jhon", "jhon@example.com", [])
    assert done(ana, john) == [("person.correct", ["fields"])] * 3


@pytest.mark.parametrize("way", ["notes", "correction"])
def test_nothing_is_kept_about_somebody_who_is_erased(ada: api.Person, ana: api.Person, way: str) -> None:
    path = f"/w/people/{ada.id}"
    assert ana.request("DELETE", path).status_code == 200
    answer = (
        ana.post(f"{path}/notes", json={"body": "x"})
        if way == "notes"
        else ana.request("PATCH", path, json={"name": "x"})
    )
    assert answer.status_code == 404


def test_the_files_of_a_person_are_listed_newest_first_until_they_are_deleted_and_none_of_a_note_to_who_sees_none(
    server: services.ChatServer, ana: api.Person, ben: api.Person
) -> None:
    vera, phone = (api.visitor(server.url, name=name) for name in ("Vera", "Vera's phone"))
    where, other = (it.send("hello").json()["conversation"] for it in (vera, phone))
    file_requests.post(vera, "elsewhere.txt", b"x", group_setup.group(vera, phone))
    assert panel(ana, where)["files"] == []
    listening = ben.listen()
    sent = [
        file_requests.post(vera, "order.txt", b"an order", where).json(),
        file_requests.post(ana, "offer.txt", b"an offer", where).json(),
        file_requests.post(ana, "hint.txt", b"a hint", where, private="1").json(),
    ]
    for _it in sent:
        assert listening.next("people").data["people"] == [vera.id]
    assert ana.post(f"/w/people/{phone.id}/merge", json={"other": vera.id, "confirm": 1}).status_code == 201
    for conversation in (where, other):
        files = panel(ben, conversation)["files"]
        assert [it["message"] for it in files] == [it["id"] for it in reversed(sent)]
        assert [(it["name"], it["private"]) for it in files][:2] == [("hint.txt", True), ("offer.txt", False)]
    assert file_requests.fetch(server, files[2]["url"]).content == b"an order"
    page = ben.get(f"/w/conversations/{other}/head", headers=HTML).text
    assert page.count('data-testid="visitor-file"') == 3
    assert f"/inbox/{where}?message={sent[0]['id']}" in page
    polly = bots.add(server, "--scope", "read")
    assert [it["name"] for it in panel(polly, other)["files"]] == ["offer.txt", "order.txt"]

    listening = ben.listen()
    assert vera.request("DELETE", f"/w/messages/{sent[0]['id']}").status_code == 200
    assert set(listening.next("people").data["people"]) == {vera.id, phone.id}
    assert [it["name"] for it in panel(ben, other)["files"]] == ["hint.txt", "offer.txt"]


def test_what_the_page_tells_of_its_visitor_is_kept_shown_to_the_team_and_to_nobody_else(
    server: services.ChatServer, ana: api.Person
) -> None:
    odd = {"page": "https://shop.example/", "basket": ["teapot"], "x" * 41: "x", " ": "x", "no one": None, "\u202e": 1}
    vera = api.visitor(server.url, name="Vera", plan="Pro\u202e <b>", **odd)
    where = vera.send("hello").json()["conversation"]
    assert panel(ana, where)["attributes"] == {"plan": "Pro <b>"}
    listening = ana.listen()
    told = {"orders": 12, "paid": True, "plan": "xyzzyx" + "y" * 300}
    assert vera.post("/w/session", json=told).status_code == 200
    assert listening.next("people").data["people"] == [vera.id]
    shown = panel(ana, where)["attributes"]
    assert shown == {"plan": "xyzzyx" + "y" * 194, "orders": "12", "paid": "true"}
    assert "orders, as the page says" in ana.get(f"/w/conversations/{where}/head", headers=HTML).text
    assert "xyzzyx" not in looked_at(vera, where)
    vera.post("/w/session", json={"plan": None, "orders": None} | {f"more {it}": it for it in range(30)})
    shown = panel(ana, where)["attributes"]
    assert (len(shown), shown["paid"], shown["more 18"]) == (20, "true", "18")
    vera.post("/w/session", json=dict.fromkeys(shown))
    assert panel(ana, where)["attributes"] == {}
