"""What others do with a message: put an emoji on it, answer it, forward it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, group_setup
from tests.web.message_requests import forward, react, take_back


def answer_to(person: api.Person, message: dict[str, Any], body: str) -> dict[str, Any]:
    fields = {"body": body, "client_id": str(uuid.uuid4()), "reply_to": message["id"]}
    answer = person.post(f"/w/conversations/{message['conversation']}/messages", json=fields)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def shown(reactions: list[dict[str, Any]]) -> list[tuple[str, int, bool, list[str]]]:
    return [(it["emoji"], it["count"], it["mine"], it["names"]) for it in reactions]


def test_an_emoji_is_put_on_a_message_replaced_and_taken_back(ada: api.Person, bob: api.Person) -> None:
    message = ada.send("tea?", group_setup.group(ada, bob)).json()
    with services.closing(ada.listen()) as stream:

        def now(answer: requests.Response) -> list[tuple[str, int, bool, list[str]]]:
            assert answer.status_code == 200
            event = stream.next("message-update").data
            entry = stream.next("conversation").data
            assert entry["last"] == event
            assert event["version"] == answer.json()["version"]
            assert shown(event["reactions"]) == [
                (emoji, count, False, names) for emoji, count, _, names in shown(answer.json()["reactions"])
            ]
            return shown(answer.json()["reactions"])

        assert now(react(bob, message, "👍")) == [("👍", 1, True, ["Bob"])]
        assert now(react(bob, message, "❤️")) == [("❤️", 1, True, ["Bob"])]
        assert now(take_back(bob, message)) == []
        versions = [event.data["version"] for event in stream.of("message-update")]
        assert versions == [1, 2, 3]


def test_the_same_emoji_again_or_taking_back_none_changes_nothing(
    server: services.ChatServer, ada: api.Person, bob: api.Person
) -> None:
    message = ada.send("tea?", group_setup.group(ada, bob)).json()
    first = react(bob, message, "👍").json()
    before = database_inspection.at_rest(server)
    again, none = react(bob, message, "👍"), take_back(ada, message)
    assert (again.status_code, again.json()) == (200, first)
    assert none.status_code == 200
    assert database_inspection.contents(server) == before


def test_the_same_emoji_of_several_people_is_counted_in_the_order_of_first_use(
    ada: api.Person, bob: api.Person, cleo: api.Person
) -> None:
    message = ada.send("tea?", group_setup.group(ada, bob, cleo)).json()
    react(bob, message, "👍")
    react(ada, message, "🎉")
    react(cleo, message, "👍")
    [seen] = [it for it in ada.history(message["conversation"]) if it["id"] == message["id"]]
    assert shown(seen["reactions"]) == [("👍", 2, False, ["Bob", "Cleo"]), ("🎉", 1, True, ["Ada"])]


def test_the_team_has_one_emoji_whoever_of_it_gives_it(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    colleague, message = api.agent(server), visitor.send("thanks").json()
    react(agent, message, "👍")
    assert [(it[0], it[1], it[2]) for it in shown(react(colleague, message, "❤️").json()["reactions"])] == [
        ("❤️", 1, True)
    ]
    assert [(it[0], it[1]) for it in shown(visitor.history()[0]["reactions"])] == [("❤️", 1)]
    assert take_back(agent, message).json()["reactions"] == []


@pytest.mark.parametrize("emoji", ["👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇪🇺", "3️⃣", "©️"])
def test_every_emoji_can_be_put_on_a_message(emoji: str, visitor: api.Person) -> None:
    message = visitor.send("hello").json()
    assert shown(react(visitor, message, emoji).json()["reactions"])[0][0] == emoji


@pytest.mark.parametrize("text", ["", "x", "👍👍", "👍 ", ":)", "<b>", "1", "👍" * 20])
@pytest.mark.any_database
def test_what_is_not_one_emoji_is_refused(text: str, visitor: api.Person) -> None:
    answer = react(visitor, visitor.send("hello").json(), text)
    assert answer.status_code == (413 if len(text) > 40 else 422)
    assert visitor.history()[0]["reactions"] == []


def test_a_reaction_makes_nothing_unread_and_is_possible_at_any_time(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    message = visitor.send("hello").json()
    database_inspection.run(
        server, "UPDATE messages SET created_at = '2020-01-01 00:00:00' WHERE id = :id", id=message["id"]
    )
    assert react(agent, message, "👍").status_code == 200
    assert visitor.conversations()[0]["unread"] == 0


def test_an_answer_quotes_what_it_answers_as_it_is_now(visitor: api.Person, agent: api.Person) -> None:
    message = visitor.send("where is my *parcel*?").json()
    with services.closing(visitor.listen()) as stream:
        answer = answer_to(agent, message, "on its way")
        quote = {
            "id": message["id"],
            "seq": 1,
            "sender": message["sender"],
            "body": "where is my parcel?",
            "deleted": False,
        }
        assert (answer["reply_to"], answer["quote"]) == (message["id"], quote)
        assert stream.next("message").data["quote"] == quote
    visitor.request("PATCH", f"/w/messages/{message['id']}", json={"body": "where is it?"})
    assert visitor.history()[1]["quote"]["body"] == "where is it?"


def test_the_quote_of_a_deleted_message_has_no_body(visitor: api.Person, agent: api.Person) -> None:
    message = visitor.send("my secret").json()
    answer_to(agent, message, "better delete that")
    visitor.request("DELETE", f"/w/messages/{message['id']}")
    quote = visitor.history()[1]["quote"]
    assert (quote["id"], quote["deleted"], quote["body"]) == (message["id"], True, "")
    page = agent.get(f"/w/conversations/{message['conversation']}", headers={"Accept": "text/html"}).text
    assert "my secret" not in page
    assert "Deleted message" in page


def test_a_message_is_forwarded_once_however_often_it_is_tried(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    message = bob.send("the *news*", group_setup.group(ada, bob)).json()
    target, client_id = group_setup.group(ada, title="Elsewhere"), str(uuid.uuid4())
    with services.closing(agent.listen()) as inbox:
        first, retry = forward(ada, message, target, client_id), forward(ada, message, target, client_id)
        event = inbox.next("message", about=target).data
    assert (first.status_code, retry.status_code) == (201, 200)
    made = first.json()
    assert group_setup.without_status(retry.json()) == group_setup.without_status(made)
    assert (made["conversation"], made["body"], made["forwarded"]) == (target, "the *news*", True)
    assert (made["sender"]["id"], made["client_id"], made["reply_to"]) == (ada.id, client_id, None)
    assert group_setup.without_status(event) == group_setup.without_status(made) | {"mine": False}
    assert group_setup.bodies(agent, target) == ["the *news*"]
    assert message["forwarded"] is False
    assert bob.id not in str([it for it in agent.history(target) if it["id"] == made["id"]])


def test_a_forwarded_text_does_not_follow_the_changes_of_the_first(ada: api.Person, bob: api.Person) -> None:
    message = bob.send("the news", group_setup.group(ada, bob)).json()
    target = group_setup.group(ada)
    forward(ada, message, target)
    bob.request("DELETE", f"/w/messages/{message['id']}")
    assert group_setup.bodies(ada, target) == ["the news"]


def test_a_system_message_cannot_be_forwarded(ada: api.Person) -> None:
    group = group_setup.group(ada)
    line = ada.history(group)[0]
    assert forward(ada, line, group).status_code == 422


def test_one_can_forward_to_where_one_still_is(ada: api.Person, bob: api.Person) -> None:
    here, left = group_setup.group(ada, bob), group_setup.group(ada, bob, title="Left")
    message = bob.send("the news", here).json()
    bob.request("DELETE", f"/w/groups/{left}/members/me")
    offered = {it["id"] for it in bob.get(f"/w/messages/{message['id']}/forward").json()["conversations"]}
    assert here in offered
    assert left not in offered
    assert forward(bob, message, left).status_code == 403
