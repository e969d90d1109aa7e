"""Conversations by REST: visitors are mesibo users, agents answer by the webhook, and mesibo has bad days."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from tests import api, services
from tests.faults.processes import rows
from tests.mesibo.conftest import FileServer, status_of
from tests.mesibo.fake_rest_api import WEBHOOK_SECRET, FakeRestApi

AGENT = "ana"


@pytest.fixture
def vera(by_rest: services.ChatServer, mesibo: FakeRestApi) -> api.Person:
    """A new visitor, while mesibo is well."""
    mesibo.moods.clear()
    mesibo.messages.clear()
    mesibo.echoes = None
    return api.visitor(by_rest.url, name="Vera")


def leaves(mesibo: FakeRestApi, *texts: str) -> list[dict[str, Any]]:
    """Wait until exactly these have been accepted, in this order."""
    services.wait_for(lambda: len(mesibo.messages) >= len(texts), f"{texts} to leave")
    assert mesibo.texts() == list(texts)
    return mesibo.messages


def states(chat: services.ChatServer, visitor: api.Person) -> list[str]:
    query = (
        "SELECT mesibo_outbox.state FROM mesibo_outbox JOIN messages ON messages.id = message_id "
        "JOIN users ON users.id = sender_id"
    )
    return [str(row[0]) for row in rows(chat.environ["DATABASE_URL"], f"{query} WHERE users.id = '{visitor.id}'")]


def all_sent(chat: services.ChatServer, visitor: api.Person) -> None:
    services.wait_for(lambda: set(states(chat, visitor)) == {"sent"}, "everything to be noted as sent")


def test_a_visitor_becomes_a_mesibo_user_with_the_first_message_and_is_answered_by_the_webhook(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    stream = vera.listen()
    vera.send("do you ship to Oslo?")
    [sent] = leaves(mesibo, "do you ship to Oslo?")
    address = f"visitor-{vera.id}"
    assert (sent["from"], sent["to"], sent["title"]) == (address, AGENT, "Vera")
    assert mesibo.users[address] == "Vera"
    event = mesibo.call_webhook(by_rest.url, mesibo.event(**{"from": AGENT, "to": address, "message": "yes"}))
    assert (event.status_code, event.text, event.headers["Content-Type"].partition(";")[0]) == (
        200,
        "MESIBO OK",
        "text/plain",
    )
    answer = services.wait_for(lambda: [it.data for it in stream.of("message") if not it.data["mine"]], "the answer")[0]
    assert (answer["body"], answer["sender"]["name"]) == ("yes", "Support")
    leaves(mesibo, "do you ship to Oslo?")  # what came from the app does not go back there


def test_a_file_leaves_as_an_address_that_an_app_can_fetch(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    path = f"/w/conversations/{vera.conversation}/messages"
    fields = {"body": "this one", "client_id": str(uuid.uuid4())}
    message = vera.post(path, data=fields, files={"file": ("bowl.png", FileServer.IMAGE, "image/png")}).json()
    [sent] = leaves(mesibo, "this one")
    assert sent["url"].startswith(by_rest.url)
    assert sent["url"].endswith("/bowl.png")
    fetched = requests.get(sent["url"], timeout=10)  # whoever has the address, without a token
    assert (fetched.status_code, len(fetched.content)) == (200, message["attachment"]["size"])


def test_a_file_from_an_app_is_fetched_and_kept_like_an_upload(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    vera.send("what does it look like?")
    leaves(mesibo, "what does it look like?")
    to = {"from": AGENT, "to": f"visitor-{vera.id}"}
    with services.closing(vera.listen()) as stream:
        event = mesibo.event(**to, message="like this", url="http://files.example/photo.png")
        mesibo.call_webhook(by_rest.url, event)
        came = stream.next("message").data
        assert (came["kind"], came["body"]) == ("image", "like this")
        assert came["attachment"]["name"] == "photo.png"
        assert (came["attachment"]["width"], came["attachment"]["height"]) == (40, 20)
        assert requests.get(by_rest.url + came["attachment"]["url"], timeout=10).ok
        mesibo.call_webhook(by_rest.url, event)  # once more
        for gone in ("http://files.example/gone.png", "http://127.0.0.1/inside.png"):
            mesibo.call_webhook(by_rest.url, mesibo.event(**to, message="", url=gone))
            message = stream.next("message").data
            assert (message["kind"], message["body"]) == ("text", gone), (
                "what cannot be fetched is passed on as its address"
            )
        assert len(stream.of("message")) == 3


def test_a_visitor_who_takes_a_name_is_called_so_in_mesibo(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    vera.send("hello")
    leaves(mesibo, "hello")
    vera.post("/w/session", json={"name": "Vera of Oslo"})
    vera.send("again")
    leaves(mesibo, "hello", "again")
    assert mesibo.users[f"visitor-{vera.id}"] == "Vera of Oslo"


def test_what_a_message_answers_is_quoted_and_changes_are_told(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    first = vera.send("at nine").json()
    path = f"/w/conversations/{vera.conversation}/messages"
    vera.post(path, json={"body": "or later", "client_id": str(uuid.uuid4()), "reply_to": first["id"]})
    leaves(mesibo, "at nine", "> at nine\nor later")
    all_sent(by_rest, vera)
    vera.request("PATCH", f"/w/messages/{first['id']}", json={"body": "at ten"})
    leaves(mesibo, "at nine", "> at nine\nor later", "(Edited) at ten")
    vera.request("DELETE", f"/w/messages/{first['id']}")
    leaves(mesibo, "at nine", "> at nine\nor later", "(Edited) at ten", "(Deleted a message.)")


def test_a_group_of_visitors_is_a_mesibo_group_whose_members_are_kept_in_step(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    walt = api.visitor(by_rest.url, name="Walt")
    group = vera.post("/w/groups", json={"title": "Picnic"}).json()["id"]
    invite = vera.post(f"/w/groups/{group}/invites").json()["token"]
    walt.post(f"/w/invites/{invite}")
    vera.send("all of us", group)
    [sent] = leaves(mesibo, "all of us")
    both = {f"visitor-{it.id}" for it in (vera, walt)}
    assert mesibo.groups[sent["gid"]] == {"name": "Picnic", "members": both | {AGENT}}
    mesibo.call_webhook(by_rest.url, mesibo.event(**{"from": AGENT, "gid": sent["gid"], "message": "to all"}))
    services.wait_for(lambda: walt.history(group)[-1]["body"] == "to all", "the answer in the group")
    walt.request("DELETE", f"/w/groups/{group}/members/me")
    vera.send("only me", group)
    leaves(mesibo, "all of us", "only me")
    assert mesibo.groups[sent["gid"]]["members"] == {f"visitor-{vera.id}", AGENT}


@pytest.mark.parametrize("mood", ["slow", "500", "429", "often", "not json", "silent"])
def test_on_a_bad_day_it_is_tried_again_and_everything_arrives_once_and_in_order(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person, mood: str
) -> None:
    mesibo.moods.append(mood)
    for text in ("one", "two", "three"):
        vera.send(text)
    leaves(mesibo, "one", "two", "three")
    all_sent(by_rest, vera)


@pytest.mark.parametrize("mood", ["503 after taking it", "silent after taking it"])
def test_what_was_taken_without_an_answer_is_not_sent_twice_when_its_echo_comes(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person, mood: str
) -> None:
    mesibo.echoes = by_rest.url
    mesibo.moods.append(mood)
    vera.send("taken")
    vera.send("after")
    leaves(mesibo, "taken", "after")
    all_sent(by_rest, vera)


def test_a_refusal_marks_one_message_failed_and_the_next_one_leaves(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    mesibo.moods.append("bad")
    vera.send("refused")
    vera.send("fine")
    leaves(mesibo, "fine")
    agent = api.agent(by_rest)
    refused = [it["refused"] for it in agent.history(vera.conversation)]
    assert refused == ["mesibo refuses message: BADOP", None]


def test_an_event_that_comes_twice_counts_once_whichever_request_brings_it(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    vera.send("hello")
    leaves(mesibo, "hello")
    event = mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "once"})
    request = mesibo.request(event)
    for _ in range(3):
        assert requests.post(f"{by_rest.url}/hooks/mesibo", json=request, timeout=10).text == "MESIBO OK"
    mesibo.call_webhook(by_rest.url, event)
    mesibo.call_webhook(by_rest.url, mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "twice"}))
    services.wait_for(lambda: vera.history()[-1]["body"] == "twice", "the last answer")
    assert [message["body"] for message in vera.history()] == ["hello", "once", "twice"]
    kept = "SELECT count(*) FROM mesibo_events WHERE state = 'read' AND body = ''"
    services.wait_for(lambda: rows(by_rest.environ["DATABASE_URL"], kept)[0][0], "what was read to be forgotten")


def test_a_receipt_that_overtakes_the_answer_to_the_message_counts_when_the_number_is_known(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    vera.send("hello")
    [sent] = leaves(mesibo, "hello")
    all_sent(by_rest, vera)
    for number, word in ((2, "delivered"), (3, "read")):
        mesibo.call_webhook(by_rest.url, {"type": "message", "mid": sent["mid"], "status": number})
        services.wait_for(lambda word=word: vera.history()[0]["status"] == word, word)  # type: ignore[misc]
    mesibo.call_webhook(by_rest.url, {"type": "message", "mid": sent["mid"], "status": 2})  # late: it changes nothing
    mesibo.call_webhook(by_rest.url, mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "hi"}))
    services.wait_for(lambda: len(vera.history()) == 2, "the answer")
    assert vera.history()[0]["status"] == "read"


def test_an_event_that_cannot_be_read_is_kept_and_holds_up_nothing(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    vera.send("hello")
    leaves(mesibo, "hello")
    strange = {"type": "message", "puzzle": str(uuid.uuid4())}
    fine = mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "fine"})
    assert mesibo.call_webhook(by_rest.url, strange, {"type": "novelty"}, fine).text == "MESIBO OK"
    services.wait_for(lambda: vera.history()[-1]["body"] == "fine", "what came with it")
    query = f"SELECT state FROM mesibo_events WHERE body LIKE '%{strange['puzzle']}%'"
    assert rows(by_rest.environ["DATABASE_URL"], query) == [("unread",)]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 401, "unauthorized"),
        ({"secret": "wrong", "events": []}, 401, "unauthorized"),
        ({"secret": None}, 401, "unauthorized"),
        ({"secret": "the-webhook-secret-of-the-tests"}, 400, "malformed"),
        ({"secret": "the-webhook-secret-of-the-tests", "events": {}}, 400, "malformed"),
    ],
)
def test_a_webhook_that_does_not_know_the_secret_or_says_nothing_is_refused(
    by_rest: services.ChatServer, body: dict[str, Any], status: int, error: str
) -> None:
    before = rows(by_rest.environ["DATABASE_URL"], "SELECT count(*) FROM mesibo_events")
    headers = {"Accept": "application/json"}
    answer = requests.post(f"{by_rest.url}/hooks/mesibo", json=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert rows(by_rest.environ["DATABASE_URL"], "SELECT count(*) FROM mesibo_events") == before


def test_the_secret_may_stand_in_the_webhooks_address(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    request = mesibo.request(mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "hi"}), secret="")
    vera.send("hello")
    leaves(mesibo, "hello")
    for secret, status in (("wrong", 401), (WEBHOOK_SECRET, 200)):
        url = f"{by_rest.url}/hooks/mesibo?secret={secret}"
        assert requests.post(url, json=request | {"v": 2}, timeout=10).status_code == status
    services.wait_for(lambda: [it["body"] for it in vera.history()] == ["hello", "hi"], "the answer")


def test_without_a_connection_the_state_says_so_and_everything_leaves_when_it_is_back(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    mesibo.moods.extend(["500", "500"])
    vera.send("wait for me")
    services.wait_for(lambda: status_of(by_rest)["state"] == "offline", "the trouble to be shown")
    assert status_of(by_rest)["reason"] == "mesibo answers 500"
    leaves(mesibo, "wait for me")
    services.wait_for(lambda: status_of(by_rest) == {"name": "rest", "state": "online"}, "the connection to be well")


def test_a_token_for_a_call_is_made_for_the_visitor_just_in_time(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    answer = vera.post("/w/calls/mesibo")
    assert answer.status_code == 200, answer.text
    assert answer.json()["token"].startswith(f"token-of-visitor-{vera.id}-")
    assert answer.json()["address"] == AGENT
    refused = api.agent(by_rest).post("/w/calls/mesibo")
    assert (refused.status_code, refused.json()["reason"]) == (422, "Only visitors call mesibo apps from here.")


def test_of_a_visitor_who_is_erased_mesibos_tables_know_nothing_and_what_waited_never_leaves(
    by_rest: services.ChatServer, mesibo: FakeRestApi, vera: api.Person
) -> None:
    first = vera.send("the first").json()["id"]
    leaves(mesibo, "the first")
    all_sent(by_rest, vera)
    event = mesibo.event(**{"from": AGENT, "to": f"visitor-{vera.id}", "message": "an answer to Vera"})
    mesibo.call_webhook(by_rest.url, event)
    services.wait_for(lambda: len(vera.history()) == 2, "the answer")
    mesibo.moods.extend(["500"] * 50)
    second = vera.send("never leaves").json()["id"]
    services.wait_for(lambda: states(by_rest, vera).count("sent") < 2 and len(mesibo.moods) < 50, "a try that fails")
    assert vera.request("DELETE", "/w/people/me").ok
    mesibo.moods.clear()
    database = by_rest.environ["DATABASE_URL"]
    for table in ("mesibo_users", "mesibo_messages", "mesibo_outbox", "mesibo_events", "mesibo_groups"):
        for trace in (vera.id, first, second, "never leaves"):
            assert not [it for it in rows(database, f"SELECT * FROM {table}") if trace in str(it)], (table, trace)
    other = api.visitor(by_rest.url, name="Otto")
    other.send("somebody else")
    leaves(mesibo, "the first", "somebody else")
