"""Who leaves a group, or is removed, keeps the messages before and gets none after."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests import api, services
from tests.web import database_inspection, group_setup

pytestmark = pytest.mark.any_database


@dataclass
class Room:
    """A group of Ada, the team and, until a moment ago, Bob."""

    group: str
    ada: api.Person
    bob: api.Person
    hers: dict[str, Any]
    his: dict[str, Any]
    answer: dict[str, Any]
    """Ada's message that quotes her first one."""

    @property
    def path(self) -> str:
        return f"/w/conversations/{self.group}"

    def goes_on(self, agent: api.Person) -> None:
        """Everything that can happen in a group."""
        hers, his = f"/w/messages/{self.hers['id']}", f"/w/messages/{self.his['id']}"
        done = [
            self.ada.send("after Bob", self.group),
            agent.send("the team after Bob", self.group),
            self.ada.request("PATCH", hers, json={"body": "changed after Bob"}),
            agent.request("PUT", f"{hers}/reaction", json={"emoji": "🎉"}),
            self.ada.request("PUT", f"{his}/reaction", json={"emoji": "🎉"}),
            agent.post(f"{self.path}/typing"),
            agent.post(f"{self.path}/read", json={"upto": 4}),
            self.ada.request("PATCH", f"/w/groups/{self.group}", json={"title": "Without Bob"}),
        ]
        assert {answer.status_code for answer in done} <= {200, 201, 204}


@pytest.fixture(params=["left", "was removed"])
def room(request: pytest.FixtureRequest, ada: api.Person, bob: api.Person) -> Room:
    group = group_setup.group(ada, bob)
    hers, his = ada.send("tea or coffee?", group).json(), bob.send("tea", group).json()
    quoting = {"body": "well?", "client_id": str(uuid.uuid4()), "reply_to": hers["id"]}
    answer = ada.post(f"/w/conversations/{group}/messages", json=quoting).json()
    if request.param == "left":
        gone = bob.request("DELETE", f"/w/groups/{group}/members/me")
        assert gone.json()["left"] is True
    else:
        gone = ada.request("DELETE", f"/w/groups/{group}/members/{bob.id}")
    assert gone.status_code == 200
    return Room(group, ada, bob, hers, his, answer)


def test_somebody_who_has_gone_keeps_the_messages_until_then(room: Room, agent: api.Person) -> None:
    before = room.bob.history(room.group)
    assert [it["body"] for it in before if it["kind"] == "text"] == ["tea or coffee?", "tea", "well?"]
    assert before[-1]["body"] in ("Bob left.", "Ada removed Bob.")
    room.goes_on(agent)
    after = room.bob.history(room.group)
    assert [it["id"] for it in after] == [it["id"] for it in before]
    assert [it["reactions"] for it in after] == [[]] * len(after)
    assert after[2]["body"] == "This message was changed later."
    assert "the team after Bob" not in room.bob.get(room.path, headers={"Accept": "text/html"}).text
    seqs = [it["seq"] for it in after]
    for query in (f"?after={seqs[-1]}", f"?around={seqs[-1] + 1}", f"?before={seqs[-1] + 5}"):
        page = room.bob.get(room.path + query).json()
        assert {it["seq"] for it in page["messages"]} <= set(seqs)
        assert "the team after Bob" not in str(page)


def test_in_the_list_nothing_moves_for_somebody_who_has_gone(room: Room, agent: api.Person) -> None:
    before = group_setup.entry(room.bob, room.group)
    assert before["left"] is True
    room.goes_on(agent)
    after = group_setup.entry(room.bob, room.group)
    shown = ("unread", "last", "updated_at", "role", "left")
    assert {name: after[name] for name in shown} == {name: before[name] for name in shown}
    assert [member["id"] for member in after["members"]] == [member["id"] for member in before["members"]]
    assert {member["id"] for member in group_setup.entry(room.ada, room.group)["members"]} == {room.ada.id, "team"}


def test_the_new_name_of_a_group_is_not_told_to_somebody_who_has_gone(room: Room, agent: api.Person) -> None:
    room.goes_on(agent)
    assert group_setup.entry(room.bob, room.group)["title"] == "Tea round"


def test_a_group_does_not_come_up_in_the_list_of_somebody_who_has_gone(room: Room, agent: api.Person) -> None:
    direct = next(it["id"] for it in room.bob.conversations() if it["kind"] == "direct")
    room.bob.send("my own", direct)
    room.goes_on(agent)
    assert [it["id"] for it in room.bob.conversations()] == [direct, room.group]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_the_streams_of_somebody_who_has_gone_bring_nothing_of_the_group(
    as_json: bool, room: Room, agent: api.Person
) -> None:
    direct = next(it["id"] for it in room.bob.conversations() if it["kind"] == "direct")
    with services.closing(room.bob.listen(as_json)) as stream:
        room.goes_on(agent)
        agent.send("to Bob alone", direct)
        stream.next("message")
        assert group_setup.shows(stream, direct)
        assert group_setup.shows(stream, room.group) == []
        position = stream.last_id
    room.ada.send("and on", room.group)
    agent.send("to Bob again", direct)
    with services.closing(room.bob.listen(as_json, last_id=position)) as again:
        again.next("message")
        assert group_setup.shows(again, room.group) == []


def test_the_last_that_somebody_hears_of_a_group_is_that_they_are_out(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    with services.closing(bob.listen()) as stream, services.closing(ada.listen()) as hers:
        ada.request("DELETE", f"/w/groups/{group}/members/{bob.id}")
        assert stream.next("message").data["body"] == "Ada removed Bob."
        assert stream.next("conversation").data["left"] is True
        assert hers.next("message").data["body"] == "Ada removed Bob."
        assert bob.id not in str(hers.next("conversation").data["members"])


DONE = {
    "send": ("POST", "{path}/messages", {"body": "let me in", "client_id": str(uuid.uuid4())}),
    "say that they are typing": ("POST", "{path}/typing", None),
    "react": ("PUT", "/w/messages/{hers}/reaction", {"emoji": "👍"}),
    "take a reaction back": ("DELETE", "/w/messages/{hers}/reaction", None),
    "edit what they wrote": ("PATCH", "/w/messages/{his}", {"body": "coffee"}),
    "delete what they wrote": ("DELETE", "/w/messages/{his}", None),
    "invite": ("POST", "/w/groups/{group}/invites", None),
    "rename the group": ("PATCH", "/w/groups/{group}", {"title": "Bob's"}),
    "add somebody": ("POST", "/w/groups/{group}/members", {"user": "{bob}"}),
    "remove somebody": ("DELETE", "/w/groups/{group}/members/{ada}", None),
    "leave again": ("DELETE", "/w/groups/{group}/members/me", None),
    "make themselves an owner": ("PATCH", "/w/groups/{group}/members/{bob}", {"role": "owner"}),
    "forward into it": (
        "POST",
        "/w/messages/{his}/forward",
        {"conversation": "{group}", "client_id": group_setup.UUID},
    ),
}


@pytest.mark.parametrize("what", DONE)
def test_somebody_who_has_gone_may_not(what: str, room: Room, server: services.ChatServer) -> None:
    method, path, fields = DONE[what]
    ids = {"path": room.path, "group": room.group, "hers": room.hers["id"], "his": room.his["id"]}
    ids |= {"ada": room.ada.id, "bob": room.bob.id}
    before = database_inspection.at_rest(server)
    values = {name: value.format(**ids) for name, value in (fields or {}).items()}
    answer = room.bob.request(method, path.format(**ids), json=values)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert database_inspection.contents(server) == before


def test_reading_changes_nothing_for_somebody_who_has_gone(room: Room, server: services.ChatServer) -> None:
    before = database_inspection.at_rest(server)
    assert room.bob.post(f"{room.path}/read", json={"upto": 1}).status_code == 204
    newest = room.bob.history(room.group)[-1]["seq"]
    assert room.bob.post(f"{room.path}/read", json={"upto": newest}).status_code == 204
    room.ada.send("after Bob", room.group)
    before = database_inspection.at_rest(server)
    assert room.bob.post(f"{room.path}/read", json={"upto": newest + 1}).status_code == 422
    assert database_inspection.contents(server) == before


def test_a_later_message_cannot_be_found_by_its_id(room: Room) -> None:
    later = room.ada.send("after Bob", room.group).json()["id"]
    unknown = room.bob.get(f"/w/messages/{group_setup.MISSING}")
    for method, path in (("GET", ""), ("GET", "/menu"), ("GET", "/receipts"), ("GET", "/forward"), ("DELETE", "")):
        answer = room.bob.request(method, f"/w/messages/{later}{path}")
        assert (answer.status_code, answer.text) == (404, unknown.text)


@pytest.mark.parametrize("rendering", ["GET /w/messages", "menu", "history", "quote in the history", "search", "html"])
def test_the_new_text_of_a_message_is_nowhere_to_be_read_by_somebody_who_has_gone(rendering: str, room: Room) -> None:
    room.ada.request("PATCH", f"/w/messages/{room.hers['id']}", json={"body": "pineapple"})
    paths = {
        "GET /w/messages": f"/w/messages/{room.hers['id']}",
        "menu": f"/w/messages/{room.hers['id']}/menu",
        "history": f"{room.path}?before={room.his['seq']}",
        "quote in the history": f"/w/messages/{room.answer['id']}",
        "search": "/w/search?q=pineapple",
        "html": f"{room.path}?before={room.his['seq']}",
    }
    form = "text/html" if rendering == "html" else "application/json"
    answer = room.bob.get(paths[rendering], headers={"Accept": form})
    assert answer.status_code == 200
    assert "pineapple" not in answer.text


def test_the_new_text_of_a_message_cannot_be_forwarded_to_be_read_by_somebody_who_has_gone(room: Room) -> None:
    room.ada.request("PATCH", f"/w/messages/{room.hers['id']}", json={"body": "pineapple"})
    direct = next(it["id"] for it in room.bob.conversations() if it["kind"] == "direct")
    fields = {"conversation": direct, "client_id": str(uuid.uuid4())}
    answer = room.bob.post(f"/w/messages/{room.hers['id']}/forward", json=fields)
    assert "pineapple" not in answer.text
    assert "pineapple" not in str(room.bob.history(direct))


def test_somebody_who_has_gone_does_not_see_who_is_there_now(room: Room) -> None:
    with services.closing(room.ada.listen()):
        about = room.bob.get(f"{room.path}/head").json()
        presence = {member["id"]: member["presence"] for member in about["members"]}
        assert not (presence[room.ada.id] or {}).get("online")


def test_who_had_gone_earlier_is_not_among_the_members_that_somebody_who_goes_later_keeps(
    ada: api.Person, bob: api.Person, cleo: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    cleo.request("DELETE", f"/w/groups/{group}/members/me")
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    assert cleo.id not in {member["id"] for member in group_setup.entry(bob, group)["members"]}
