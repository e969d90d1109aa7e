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
class Scene:
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
def scene(request: pytest.FixtureRequest, ada: api.Person, bob: api.Person) -> Scene:
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
    return Scene(group, ada, bob, hers, his, answer)


def test_somebody_who_has_gone_keeps_the_messages_until_then(scene: Scene, agent: api.Person) -> None:
    before = scene.bob.history(scene.group)
    assert [it["body"] for it in before if it["kind"] == "text"] == ["tea or coffee?", "tea", "well?"]
    assert before[-1]["body"] in ("Bob left.", "Ada removed Bob.")
    scene.goes_on(agent)
    after = scene.bob.history(scene.group)
    assert [it["id"] for it in after] == [it["id"] for it in before]
    assert [it["reactions"] for it in after] == [[]] * len(after)
    assert after[2]["body"] == "This message was changed later."
    assert "the team after Bob" not in scene.bob.get(scene.path, headers={"Accept": "text/html"}).text
    seqs = [it["seq"] for it in after]
    for query in (f"?after={seqs[-1]}", f"?around={seqs[-1] + 1}", f"?before={seqs[-1] + 5}"):
        page = scene.bob.get(scene.path + query).json()
        assert {it["seq"] for it in page["messages"]} <= set(seqs)
        assert "the team after Bob" not in str(page)


def test_in_the_list_nothing_moves_for_somebody_who_has_gone(scene: Scene, agent: api.Person) -> None:
    before = group_setup.entry(scene.bob, scene.group)
    assert before["left"] is True
    scene.goes_on(agent)
    after = group_setup.entry(scene.bob, scene.group)
    shown = ("unread", "last", "updated_at", "role", "left")
    assert {name: after[name] for name in shown} == {name: before[name] for name in shown}
    assert [member["id"] for member in after["members"]] == [member["id"] for member in before["members"]]
    assert {member["id"] for member in group_setup.entry(scene.ada, scene.group)["members"]} == {scene.ada.id, "team"}


def test_the_new_name_of_a_group_is_not_told_to_somebody_who_has_gone(scene: Scene, agent: api.Person) -> None:
    scene.goes_on(agent)
    assert group_setup.entry(scene.bob, scene.group)["title"] == "Tea round"


def test_a_group_does_not_come_up_in_the_list_of_somebody_who_has_gone(scene: Scene, agent: api.Person) -> None:
    direct = next(it["id"] for it in scene.bob.conversations() if it["kind"] == "direct")
    scene.bob.send("my own", direct)
    scene.goes_on(agent)
    assert [it["id"] for it in scene.bob.conversations()] == [direct, scene.group]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_the_streams_of_somebody_who_has_gone_bring_nothing_of_the_group(
    as_json: bool, scene: Scene, agent: api.Person
) -> None:
    direct = next(it["id"] for it in scene.bob.conversations() if it["kind"] == "direct")
    with services.closing(scene.bob.listen(as_json)) as stream:
        scene.goes_on(agent)
        agent.send("to Bob alone", direct)
        stream.next("message")
        assert group_setup.shows(stream, direct)
        assert group_setup.shows(stream, scene.group) == []
        position = stream.last_id
    scene.ada.send("and on", scene.group)
    agent.send("to Bob again", direct)
    with services.closing(scene.bob.listen(as_json, last_id=position)) as again:
        again.next("message")
        assert group_setup.shows(again, scene.group) == []


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
def test_somebody_who_has_gone_may_not(what: str, scene: Scene, server: services.ChatServer) -> None:
    method, path, fields = DONE[what]
    ids = {"path": scene.path, "group": scene.group, "hers": scene.hers["id"], "his": scene.his["id"]}
    ids |= {"ada": scene.ada.id, "bob": scene.bob.id}
    before = database_inspection.at_rest(server)
    values = {name: value.format(**ids) for name, value in (fields or {}).items()}
    answer = scene.bob.request(method, path.format(**ids), json=values)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert database_inspection.contents(server) == before


def test_reading_changes_nothing_for_somebody_who_has_gone(scene: Scene, server: services.ChatServer) -> None:
    before = database_inspection.at_rest(server)
    assert scene.bob.post(f"{scene.path}/read", json={"upto": 1}).status_code == 204
    newest = scene.bob.history(scene.group)[-1]["seq"]
    assert scene.bob.post(f"{scene.path}/read", json={"upto": newest}).status_code == 204
    scene.ada.send("after Bob", scene.group)
    before = database_inspection.at_rest(server)
    assert scene.bob.post(f"{scene.path}/read", json={"upto": newest + 1}).status_code == 422
    assert database_inspection.contents(server) == before


def test_a_later_message_cannot_be_found_by_its_id(scene: Scene) -> None:
    later = scene.ada.send("after Bob", scene.group).json()["id"]
    unknown = scene.bob.get(f"/w/messages/{group_setup.MISSING}")
    for method, path in (("GET", ""), ("GET", "/menu"), ("GET", "/receipts"), ("GET", "/forward"), ("DELETE", "")):
        answer = scene.bob.request(method, f"/w/messages/{later}{path}")
        assert (answer.status_code, answer.text) == (404, unknown.text)


@pytest.mark.parametrize("rendering", ["GET /w/messages", "menu", "history", "quote in the history", "search", "html"])
def test_the_new_text_of_a_message_is_nowhere_to_be_read_by_somebody_who_has_gone(rendering: str, scene: Scene) -> None:
    scene.ada.request("PATCH", f"/w/messages/{scene.hers['id']}", json={"body": "pineapple"})
    paths = {
        "GET /w/messages": f"/w/messages/{scene.hers['id']}",
        "menu": f"/w/messages/{scene.hers['id']}/menu",
        "history": f"{scene.path}?before={scene.his['seq']}",
        "quote in the history": f"/w/messages/{scene.answer['id']}",
        "search": "/w/search?q=pineapple",
        "html": f"{scene.path}?before={scene.his['seq']}",
    }
    form = "text/html" if rendering == "html" else "application/json"
    answer = scene.bob.get(paths[rendering], headers={"Accept": form})
    assert answer.status_code == 200
    assert "pineapple" not in answer.text


def test_the_new_text_of_a_message_cannot_be_forwarded_to_be_read_by_somebody_who_has_gone(scene: Scene) -> None:
    scene.ada.request("PATCH", f"/w/messages/{scene.hers['id']}", json={"body": "pineapple"})
    direct = next(it["id"] for it in scene.bob.conversations() if it["kind"] == "direct")
    fields = {"conversation": direct, "client_id": str(uuid.uuid4())}
    answer = scene.bob.post(f"/w/messages/{scene.hers['id']}/forward", json=fields)
    assert "pineapple" not in answer.text
    assert "pineapple" not in str(scene.bob.history(direct))


def test_somebody_who_has_gone_does_not_see_who_is_there_now(scene: Scene) -> None:
    with services.closing(scene.ada.listen()):
        about = scene.bob.get(f"{scene.path}/head").json()
        presence = {member["id"]: member["presence"] for member in about["members"]}
        assert not (presence[scene.ada.id] or {}).get("online")


def test_who_had_gone_earlier_is_not_among_the_members_that_somebody_who_goes_later_keeps(
    ada: api.Person, bob: api.Person, cleo: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    cleo.request("DELETE", f"/w/groups/{group}/members/me")
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    assert cleo.id not in {member["id"] for member in group_setup.entry(bob, group)["members"]}
