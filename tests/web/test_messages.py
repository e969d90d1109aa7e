"""Messages over HTTP: sent once whatever happens, numbered without gaps, and always text."""

from __future__ import annotations

import html
import uuid
from typing import Any

import pytest

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection, team_setup

MESSAGE = {
    *("id", "conversation", "seq", "client_id", "sender", "kind", "body", "status", "created_at", "edited_at"),
    *("deleted", "reply_to", "attachment", "preview", "call"),
}
MARKUP = """<b>bold</b> & <script>alert("1")</script> <img src=x onerror='alert(1)'> {{ 7 * 7 }} &lt; ]]> --> </p>"""


def test_a_first_send_answers_201_and_a_retry_200_with_the_same_message(visitor: api.Person) -> None:
    client_id = str(uuid.uuid4())
    first = visitor.send("hello", client_id=client_id)
    again = visitor.send("hello", client_id=client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert visitor.history() == [first.json()]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", "application/json, text/html;q=0.5"])
def test_the_author_is_answered_with_what_their_tabs_get_and_what_is_read_later(
    visitor: api.Person, accept: str
) -> None:
    path, fields = (
        f"/w/conversations/{visitor.conversation}/messages",
        {"client_id": str(uuid.uuid4()), "body": "hi <b>"},
    )
    with services.closing(visitor.listen(as_json="json" in accept)) as stream:
        answer = visitor.post(path, data=fields, headers={"Accept": accept})
        event = stream.next("message")
    again = visitor.post(path, data=fields, headers={"Accept": accept})
    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.text == again.text
    assert (answer.json() if "json" in accept else answer.text) == event.data


def test_a_message_has_the_shape_of_the_contract(visitor: api.Person) -> None:
    message = visitor.send("hello").json()
    assert set(message) >= MESSAGE
    assert {"id", "name"} <= set(message["sender"])
    assert message["sender"]["id"] == visitor.id
    assert (message["seq"], message["kind"], message["body"], message["status"]) == (1, "text", "hello", "sent")
    assert (message["deleted"], message["edited_at"], message["reply_to"], message["attachment"]) == (
        False,
        None,
        None,
        None,
    )
    assert message["created_at"].endswith("Z")


def test_a_retry_with_another_text_answers_with_what_was_sent_first(visitor: api.Person) -> None:
    client_id = str(uuid.uuid4())
    visitor.send("first", client_id=client_id)
    assert visitor.send("second", client_id=client_id.upper()).json()["body"] == "first"
    assert [it["body"] for it in visitor.history()] == ["first"]


def test_twenty_retries_at_once_of_one_client_id_make_one_message(visitor: api.Person) -> None:
    conversation, client_id = visitor.conversation, str(uuid.uuid4())
    with services.closing(visitor.listen()) as stream:
        answers = at_once([lambda: visitor.send("once", conversation, client_id)] * 20)
        assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
        assert len({answer.text for answer in answers}) == 1
        visitor.send("the end", conversation)
        services.wait_for(lambda: [event for event in stream.of("message") if event.data["body"] == "the end"])
        assert [event.data["body"] for event in stream.of("message")] == ["once", "the end"]
    assert [it["body"] for it in visitor.history()] == ["once", "the end"]


def test_the_same_client_id_of_two_people_makes_two_messages(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    client_id = str(uuid.uuid4())
    answers = [visitor.send("mine", client_id=client_id), stranger.send("mine too", client_id=client_id)]
    answers.append(agent.send("and mine", visitor.conversation, client_id))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3


def test_senders_at_once_get_numbers_without_gaps_or_doubles(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    senders = [visitor, agent] * 4

    def talk(name: int) -> list[dict[str, Any]]:
        return [senders[name].send(f"{name}.{i}", conversation).json() for i in range(8)]

    with services.closing(visitor.listen()) as stream:
        conversations = at_once([lambda name=name: talk(name) for name in range(len(senders))])  # type: ignore[misc]
        services.wait_for(lambda: len(stream.of("message")) == 64, "64 messages on the stream")
        streamed = {event.data["seq"]: event.data["body"] for event in stream.of("message")}
    history = visitor.history()
    assert [message["seq"] for message in history] == list(range(1, 65))
    assert streamed == {message["seq"]: message["body"] for message in history}
    assert [message["created_at"] for message in history] == sorted(message["created_at"] for message in history)
    for own in conversations:  # what one person sent one after the other stays in that order
        assert [message["seq"] for message in own] == sorted(message["seq"] for message in own)


def test_an_answer_names_the_message_that_it_answers(visitor: api.Person) -> None:
    first = visitor.send("question").json()
    fields = {"body": "more", "client_id": str(uuid.uuid4()), "reply_to": first["id"]}
    answer = visitor.post(f"/w/conversations/{first['conversation']}/messages", json=fields)
    assert answer.status_code == 201
    assert answer.json()["reply_to"] == visitor.history()[1]["reply_to"] == first["id"]


def test_a_message_can_be_sent_as_a_form_and_is_answered_with_its_fragment(visitor: api.Person) -> None:
    fields = {"body": "one\r\ntwo", "client_id": str(uuid.uuid4())}
    path = f"/w/conversations/{visitor.conversation}/messages"
    answer = visitor.post(path, data=fields, headers={"Accept": "text/html"})
    [message] = visitor.history()
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.count("<article") == 1
    assert f'id="m-{message["id"]}"' in answer.text
    assert f'data-client-id="{fields["client_id"]}"' in answer.text
    assert message["body"] == "one\ntwo"


@pytest.mark.parametrize("body", ["x" * 8000, "💬" * 8000, "line\r\n" * 1600], ids=["plain", "emoji", "lines"])
def test_a_message_of_8000_characters_is_taken_whole(body: str, visitor: api.Person) -> None:
    path = f"/w/conversations/{visitor.conversation}/messages"
    as_form = visitor.post(path, data={"body": body, "client_id": str(uuid.uuid4())})
    as_json = visitor.post(path, json={"body": body, "client_id": str(uuid.uuid4())})
    assert (as_form.status_code, as_json.status_code) == (201, 201)
    assert [it["body"] for it in visitor.history()] == [body.replace("\r\n", "\n")] * 2


def test_markup_in_a_message_is_text_in_every_rendering(
    visitor: api.Person, agent: api.Person, server: services.ChatServer
) -> None:
    as_html = {"Accept": "text/html"}
    conversation = visitor.conversation
    path = f"/w/conversations/{conversation}"
    named = visitor.post("/w/session", json={"name": MARKUP})
    agent.get(path)
    with (
        services.closing(agent.listen(as_json=False)) as inbox,
        services.closing(team_setup.agent(server, "Zora").listen(as_json=False)) as another_inbox,
        services.closing(visitor.listen(as_json=False)) as popup,
    ):
        fields = {"body": MARKUP, "client_id": str(uuid.uuid4())}
        renderings = {
            "answer": visitor.post(f"{path}/messages", json=fields, headers=as_html).text,
            "page": visitor.get(path, headers=as_html).text,
            "page before": visitor.get(f"{path}?before=2", headers=as_html).text,
            "list": agent.get("/w/conversations", headers=as_html).text,
            "popup": visitor.post("/w/session", headers=as_html).text,
            "inbox": agent.get("/inbox").text,
            "inbox with it open": agent.get(f"/inbox/{conversation}").text,
            "event in the popup": popup.next("message").data,
            "event in the inbox": inbox.next("message", about=conversation).data,
            "event in brief": another_inbox.next("message", about=conversation).data,
            "entry in the inbox": inbox.next("conversation", about=conversation).data,
        }
    assert named.status_code == 200
    for where, rendered in renderings.items():
        assert not [tag for tag in ("<b>bold", "<script>alert", "<img src=x") if tag in rendered], where
        assert MARKUP in html.unescape(rendered), where
    assert visitor.history()[0]["body"] == MARKUP


def test_after_12000_messages_in_a_minute_the_next_is_refused_with_429_and_the_time_to_wait(
    server: services.ChatServer, visitor: api.Person
) -> None:
    conversation = visitor.conversation
    visitor.send("one of 12,000", conversation)
    with database_inspection.redis_of(server) as redis:
        [counter] = redis.scan_iter(f"LIMITS:*{visitor.id}*/12000/*")
        redis.set(counter, 11999, keepttl=True)  # what other processes have counted: with its next one, this one learns
    answers = [visitor.send("too often", conversation)]
    while answers[-1].status_code == 201 and len(answers) < 500:
        answers.append(visitor.send("too often", conversation))
    refused = answers.pop()
    assert refused.status_code == 429
    assert refused.json()["reason"] == "That was too often in a short time; please wait a moment."
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert [it["body"] for it in visitor.history()] == ["one of 12,000"] + ["too often"] * len(answers)
