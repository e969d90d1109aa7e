"""Notes are for the team only: whichever way a visitor looks, there is nothing of them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from requests import Response

from tests import api, services
from tests.web import group_setup, team_setup

SECRET = "a word that no visitor sees xyzzyx"


@pytest.fixture
def colleague(server: services.ChatServer) -> api.Person:
    """Another agent."""
    return team_setup.agent(server, "Zora")


def note(agent: api.Person, conversation: str, body: str = SECRET, **fields: Any) -> Response:
    path = f"/w/conversations/{conversation}/messages"
    return agent.post(path, data={"body": body, "client_id": str(uuid.uuid4()), "private": "1"} | fields)


def written(agent: api.Person, conversation: str, **fields: Any) -> dict[str, Any]:
    answer = note(agent, conversation, **fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert found["private"] is True
    return found


def test_a_note_reaches_every_agent_and_no_visitor(ada: api.Person, agent: api.Person, colleague: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    with (
        services.closing(ada.listen()) as visitors,
        services.closing(ada.listen(as_json=False)) as popup,
        services.closing(colleague.listen()) as inbox,
    ):
        kept = written(agent, where)
        assert inbox.next("message", about=where).data == kept | {"mine": False}
        assert inbox.next("conversation", about=where).data["last"]["body"] == SECRET
        agent.send("what everybody sees", where)
        for stream in (visitors, popup):
            while "everybody" not in str(stream.next("message").data):
                pass
            assert stream.next("conversation")
            assert "xyzzyx" not in str(stream.events)


def test_a_note_is_in_no_page_of_a_visitors_history_and_no_list(ada: api.Person, agent: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    before = group_setup.entry(ada, where)
    kept = written(agent, where)
    after = group_setup.entry(ada, where)
    assert {name: value for name, value in after.items() if name not in ("revision", "members")} == {
        name: value for name, value in before.items() if name not in ("revision", "members")
    }
    later = ada.send("hello again", where).json()
    assert later["seq"] > kept["seq"]
    path = f"/w/conversations/{where}"
    for query in ("", f"?before={later['seq']}", f"?after={kept['seq'] - 1}", f"?around={kept['seq']}"):
        for form in ("application/json", "text/html"):
            assert "xyzzyx" not in ada.get(path + query, headers={"Accept": form}).text, query
    for page in (f"{path}/head", f"{path}/about", "/w/conversations"):
        assert "xyzzyx" not in ada.get(page, headers={"Accept": "text/html"}).text
    session = ada.post("/w/session", headers={"Accept": "text/html"}).text
    assert "hello again" in session
    assert "xyzzyx" not in session
    assert SECRET in [it["body"] for it in agent.history(where)]


def test_a_visitor_cannot_ask_for_a_note_by_its_id(ada: api.Person, agent: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    kept = written(agent, where)
    path = f"/w/messages/{kept['id']}"
    nothing = ada.get(f"/w/messages/{group_setup.MISSING}")
    for answer in (
        ada.get(path),
        ada.get(f"{path}/menu"),
        ada.get(f"{path}/receipts"),
        ada.get(f"{path}/forward"),
        ada.request("PATCH", path, json={"body": "mine now"}),
        ada.request("DELETE", path),
        ada.request("PUT", f"{path}/reaction", json={"emoji": "👍"}),
        ada.post(f"{path}/forward", json={"conversation": where, "client_id": str(uuid.uuid4())}),
    ):
        assert (answer.status_code, answer.text) == (404, nothing.text)


def test_a_visitor_cannot_send_a_note(ada: api.Person) -> None:
    assert note(ada, ada.conversation).status_code == 403
    assert ada.history() == []


def test_a_note_is_found_by_the_team_and_not_by_a_visitor(ada: api.Person, agent: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    kept = written(agent, where)
    path = f"/w/search?q=xyzzyx&conversation={where}"
    assert [it["id"] for it in agent.get(path).json()["messages"]] == [kept["id"]]
    assert ada.get(path).json()["messages"] == []
    assert ada.get("/w/search?q=xyzzyx").json()["messages"] == []


def test_a_note_is_not_forwarded_and_not_answered_in_public(ada: api.Person, agent: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    kept = written(agent, where)
    forwarded = agent.post(
        f"/w/messages/{kept['id']}/forward", json={"conversation": where, "client_id": str(uuid.uuid4())}
    )
    fields = {"body": "see above", "client_id": str(uuid.uuid4()), "reply_to": kept["id"]}
    public = agent.post(f"/w/conversations/{where}/messages", json=fields)
    by_visitor = ada.post(f"/w/conversations/{where}/messages", json=fields | {"client_id": str(uuid.uuid4())})
    assert [answer.status_code for answer in (forwarded, public, by_visitor)] == [422] * 3
    missing = fields | {"client_id": str(uuid.uuid4()), "reply_to": group_setup.MISSING}
    assert by_visitor.text == ada.post(f"/w/conversations/{where}/messages", json=missing).text
    assert written(agent, where, body="true", reply_to=kept["id"])["quote"]["body"] == SECRET
    assert [it["body"] for it in ada.history(where)] == ["hello"]


def test_the_file_of_a_note_opens_for_the_team_and_no_visitor_can_take_it(ada: api.Person, agent: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    path = f"/w/conversations/{where}/messages"
    fields = {"body": SECRET, "client_id": str(uuid.uuid4()), "private": "1"}
    kept = agent.post(path, data=fields, files={"file": ("plan.txt", b"xyzzyx", "text/plain")}).json()
    address = kept["attachment"]["url"]
    assert agent.get(address).content == b"xyzzyx"
    taken = ada.post(path, json={"client_id": str(uuid.uuid4()), "body": "", "upload": kept["attachment"]["id"]})
    assert taken.status_code == 422
    assert ada.get(f"/files/{kept['attachment']['id']}/1/x/plan.txt").status_code == 404
    assert address not in ada.get(f"/w/conversations/{where}", headers={"Accept": "text/html"}).text
    assert agent.request("DELETE", f"/w/messages/{kept['id']}").ok
    assert ada.get(address).status_code == 404


def test_what_becomes_of_a_note_comes_over_no_visitors_stream(
    ada: api.Person, agent: api.Person, colleague: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    kept = written(agent, where)
    with services.closing(ada.listen()) as stream, services.closing(colleague.listen()) as inbox:
        agent.request("PATCH", f"/w/messages/{kept['id']}", json={"body": "xyzzyx, changed https://example.com/xyzzyx"})
        colleague.request("PUT", f"/w/messages/{kept['id']}/reaction", json={"emoji": "👍"})
        agent.request("DELETE", f"/w/messages/{kept['id']}")
        while not inbox.next("message-update").data["deleted"]:
            pass
        ada.send("the last", where)
        while stream.next("message").data["body"] != "the last":
            pass
        assert stream.of("message-update") == []
        assert kept["id"] not in str(stream.events)


def test_receipts_tell_a_visitor_nothing_of_a_note(ada: api.Person, agent: api.Person, colleague: api.Person) -> None:
    sent = ada.send("hello").json()
    where = sent["conversation"]
    kept = written(agent, where)
    with services.closing(ada.listen()) as stream:
        colleague.post(f"/w/conversations/{where}/read", json={"upto": kept["seq"]})
        receipt = stream.next("receipt").data
        assert (receipt["member"], receipt["read_upto"]) == ("team", sent["seq"])
    team = next(it for it in group_setup.entry(ada, where)["members"] if it["id"] == "team")
    assert team["read_upto"] == sent["seq"]
    refused = ada.post(f"/w/conversations/{where}/read", json={"upto": kept["seq"]})
    assert refused.status_code == 422
    assert agent.get(f"/w/messages/{kept['id']}/receipts").json()["receipts"] == []
    assert group_setup.entry(ada, where)["unread"] == 0


def test_that_an_agent_writes_a_note_is_told_to_colleagues_only(
    ada: api.Person, agent: api.Person, colleague: api.Person
) -> None:
    where = ada.send("hello").json()["conversation"]
    with services.closing(ada.listen()) as stream, services.closing(colleague.listen()) as inbox:
        agent.post(f"/w/conversations/{where}/typing", json={"private": True})
        assert inbox.next("typing").data["private"] is True
        agent.post(f"/w/conversations/{where}/viewing")
        assert inbox.next("viewing").data["conversation"] == where
        agent.send("here", where)
        stream.next("message")
        assert stream.of("typing") == stream.of("viewing") == []
    assert ada.post(f"/w/conversations/{where}/typing", json={"private": True}).status_code == 403


def test_a_note_does_not_answer_take_or_open_anything(ada: api.Person, agent: api.Person) -> None:
    sent = ada.send("hello").json()
    written(agent, sent["conversation"])
    found = group_setup.entry(agent, sent["conversation"])
    assert (found["waiting_since"], found["assignee"]) == (sent["created_at"], None)
    answer = agent.send("yes", sent["conversation"]).json()
    assert group_setup.entry(agent, sent["conversation"])["case"]["first_answer_at"] == answer["created_at"]


def test_a_note_that_names_a_colleague_tells_them_and_nobody_else(
    server: services.ChatServer, ada: api.Person, agent: api.Person, colleague: api.Person
) -> None:
    where, other = ada.send("hello").json()["conversation"], team_setup.agent(server, "Zoran")
    with services.closing(colleague.listen()) as named_one, services.closing(other.listen()) as another:
        kept = written(agent, where, body="does @zora know this?")
        told = named_one.next("mention").data
        assert (told["message"], told["conversation"]) == (kept["id"], where)
        agent.send("@zora in public is nobody's business", where)
        named_one.next("message")
        another.next("message")
        another.next("message")
        assert len(named_one.of("mention")) == 1
        assert another.of("mention") == []
