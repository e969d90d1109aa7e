"""A message can be changed and deleted: by its author, for a while, for everybody at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, group_setup


def edit(person: api.Person, message: dict[str, Any], body: str) -> requests.Response:
    return person.request("PATCH", f"/w/messages/{message['id']}", json={"body": body})


def delete(person: api.Person, message: dict[str, Any]) -> requests.Response:
    return person.request("DELETE", f"/w/messages/{message['id']}")


def age(server: services.ChatServer, message: dict[str, Any]) -> None:
    """Make a message an old one."""
    database_inspection.run(
        server, "UPDATE messages SET created_at = '2020-01-01 00:00:00' WHERE id = :id", id=message["id"]
    )


def test_the_author_of_a_message_can_edit_it(visitor: api.Person, agent: api.Person) -> None:
    message = visitor.send("tea").json()
    answer = edit(visitor, message, "coffee")
    changed = answer.json()
    assert answer.status_code == 200
    assert (changed["body"], changed["version"], message["edited_at"]) == ("coffee", message["version"] + 1, None)
    assert changed["edited_at"] >= message["created_at"]
    assert changed == message | {name: changed[name] for name in ("body", "summary", "version", "edited_at")}
    assert visitor.history() == [changed]
    assert agent.history(message["conversation"]) == [changed | {"mine": False}]
    assert visitor.get(f"/w/messages/{message['id']}").json() == changed


def test_an_agent_changes_an_answer_of_their_own(visitor: api.Person, agent: api.Person) -> None:
    message = agent.send("on Monday", visitor.conversation).json()
    assert edit(agent, message, "on Tuesday").json()["body"] == "on Tuesday"
    assert visitor.history()[0]["body"] == "on Tuesday"


def test_nobody_else_changes_or_deletes_it_not_even_a_colleague_from_the_same_chair(
    server: services.ChatServer, ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group, colleague = group_setup.group(ada, bob), api.agent(server)
    of_bob, of_team = bob.send("mine", group).json(), agent.send("ours", group).json()
    before = database_inspection.at_rest(server)
    tries = [(ada, of_bob), (agent, of_bob), (colleague, of_team), (ada, of_team)]
    for person, message in tries:
        for answer in (edit(person, message, "changed"), delete(person, message)):
            assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
        assert person.get(f"/w/messages/{message['id']}/menu").json()["may_change"] is False
    assert database_inspection.contents(server) == before


def test_after_a_quarter_of_an_hour_it_stays_as_it_is(server: services.ChatServer, visitor: api.Person) -> None:
    message = visitor.send("tea").json()
    assert visitor.get(f"/w/messages/{message['id']}/menu").json()["may_change"] is True
    age(server, message)
    for answer in (edit(visitor, message, "coffee"), delete(visitor, message)):
        assert answer.status_code == 403
        assert "15 minutes" in answer.json()["reason"]
    assert visitor.get(f"/w/messages/{message['id']}/menu").json()["may_change"] is False
    assert visitor.history()[0]["body"] == "tea"


@pytest.mark.any_database
def test_where_nothing_may_be_changed_nothing_is(server: services.ChatServer) -> None:
    """Another server of the same deployment, with MESSAGE_EDIT_MINUTES=0."""
    environ = server.environ
    strict = services.ChatServer(environ["REDIS_URL"], environ["DATABASE_URL"], MESSAGE_EDIT_MINUTES="0")
    with services.closing(strict):
        visitor = api.visitor(strict.url)
        message = visitor.send("tea").json()
        assert [answer.status_code for answer in (edit(visitor, message, "coffee"), delete(visitor, message))] == [
            403,
            403,
        ]
        assert visitor.get(f"/w/messages/{message['id']}/menu").json()["may_change"] is False
        assert visitor.history()[0]["body"] == "tea"
        assert visitor.request("PUT", f"/w/messages/{message['id']}/reaction", json={"emoji": "👍"}).status_code == 200


def test_the_same_text_again_changes_nothing(server: services.ChatServer, visitor: api.Person) -> None:
    message = visitor.send("tea").json()
    before = database_inspection.at_rest(server)
    with services.closing(visitor.listen()) as stream:
        answer = edit(visitor, message, "tea")
        assert (answer.status_code, answer.json()) == (200, message)
        assert database_inspection.contents(server) == before
        visitor.send("the end")
        stream.next("message")
        assert not stream.of("message-update")


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_a_change_comes_to_every_tab_of_every_member(
    as_json: bool, ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    message = ada.send("first draft", group).json()
    agent.get(f"/inbox/{group}")  # an inbox is told in whole of what it has opened
    people = (ada, ada, bob, agent)
    streams = [person.listen(as_json) for person in people]
    versions = []
    for body in ("second draft", "last draft"):
        changed = edit(ada, message, body).json()
        versions.append(changed["version"])
        for person, stream in zip(people, streams, strict=True):
            event, entry = stream.next("message-update"), stream.next("conversation")
            assert event.id
            assert entry.id
            if as_json:
                assert group_setup.without_status(event.data) == group_setup.without_status(changed) | {
                    "mine": person is ada
                }
                assert entry.data["last"] == event.data
            else:
                assert f'id="m-{message["id"]}"' in event.data
                assert f'data-version="{changed["version"]}"' in event.data
                assert body in event.data
                assert body in entry.data
    assert message["version"] < versions[0] < versions[1]
    for stream in streams:
        assert not stream.of("message")
        stream.close()


def test_a_change_is_replayed_to_a_tab_that_was_away(visitor: api.Person) -> None:
    with services.closing(visitor.listen()) as stream:
        message = visitor.send("tea").json()
        stream.next("conversation")
    edit(visitor, message, "coffee")
    with services.closing(visitor.listen(last_id=stream.last_id)) as again:
        assert again.next("message-update").data["body"] == "coffee"


def test_a_change_of_an_older_message_makes_nothing_unread_and_moves_nothing_in_the_list(
    visitor: api.Person, agent: api.Person
) -> None:
    message = agent.send("tea", visitor.conversation).json()
    newest = agent.send("well?", message["conversation"]).json()
    visitor.post(f"/w/conversations/{message['conversation']}/read", json={"upto": 2})
    before = visitor.conversations()[0]
    with services.closing(visitor.listen()) as stream:
        edit(agent, message, "coffee")
        entry = stream.next("conversation").data
    after = visitor.conversations()[0]
    assert entry == after == before | {"revision": after["revision"]}
    assert (after["unread"], after["last"]["id"]) == (0, newest["id"])
    assert after["revision"] > before["revision"]  # which is how a tab knows the newer picture of two


def test_an_edited_text_is_text_in_every_rendering(visitor: api.Person) -> None:
    markup = "<script>alert(1)</script><b>x</b>"
    message = visitor.send("tea").json()
    with services.closing(visitor.listen(as_json=False)) as stream:
        edit(visitor, message, markup)
        fragment = stream.next("message-update").data
    assert "<script" not in fragment
    assert "&lt;script&gt;alert(1)" in fragment


def test_of_a_deleted_message_only_that_it_was_there_remains(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    secret = f"my password is {uuid.uuid4()}"
    message = visitor.send(secret).json()
    agent.request("PUT", f"/w/messages/{message['id']}/reaction", json={"emoji": "😮"})
    with services.closing(agent.listen()) as inbox, services.closing(visitor.listen(as_json=False)) as popup:
        answer = delete(visitor, message)
        gone = answer.json()
        assert answer.status_code == 200
        assert (gone["deleted"], gone["body"], gone["reactions"], gone["edited_at"]) == (True, "", [], None)
        assert gone["version"] > message["version"]
        while (update := inbox.next("message-update").data)["version"] < gone["version"]:
            pass  # the reaction, if this process had not heard of it when the stream began
        assert group_setup.without_status(update) == group_setup.without_status(gone) | {"mine": False}
        assert inbox.next("conversation").data["last"]["deleted"] is True
        while "This message was deleted." not in popup.next("message-update").data:
            pass
    assert [group_setup.without_status(it) for it in visitor.history()] == [group_setup.without_status(gone)]
    assert (
        secret not in visitor.get(f"/w/conversations/{message['conversation']}", headers={"Accept": "text/html"}).text
    )
    database_inspection.at_rest(server)
    assert secret not in repr(database_inspection.contents(server))
    assert database_inspection.run(
        server, "SELECT count(*) FROM reactions WHERE message_id = :id", id=message["id"]
    ) == [(0,)]
    assert visitor.send("the next", message["conversation"]).json()["seq"] == message["seq"] + 1


def test_deleting_again_changes_nothing(server: services.ChatServer, visitor: api.Person) -> None:
    message = visitor.send("tea").json()
    gone = delete(visitor, message).json()
    before = database_inspection.at_rest(server)
    again = delete(visitor, message)
    assert (again.status_code, again.json()) == (200, gone)
    assert database_inspection.contents(server) == before


def test_with_a_deleted_message_nothing_can_be_done_any_more(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    message = visitor.send("tea").json()
    delete(visitor, message)
    path, before = f"/w/messages/{message['id']}", database_inspection.at_rest(server)
    again = {"conversation": message["conversation"], "client_id": str(uuid.uuid4())}
    tries = [
        edit(visitor, message, "coffee"),
        visitor.request("PUT", f"{path}/reaction", json={"emoji": "👍"}),
        agent.request("PUT", f"{path}/reaction", json={"emoji": "👍"}),
        visitor.post(f"{path}/forward", json=again),
    ]
    assert [answer.status_code for answer in tries] == [422] * 4
    assert visitor.get(f"{path}/menu").json()["may_change"] is False
    assert database_inspection.contents(server) == before


def test_a_deleted_message_is_not_unread(visitor: api.Person, agent: api.Person) -> None:
    message = agent.send("oops", visitor.conversation).json()
    agent.send("what I meant", message["conversation"])
    assert visitor.conversations()[0]["unread"] == 2
    with services.closing(visitor.listen()) as stream:
        delete(agent, message)
        assert stream.next("conversation").data["unread"] == 1


def test_a_line_that_says_what_happened_is_nobodys_to_change(
    server: services.ChatServer, ada: api.Person, agent: api.Person
) -> None:
    line = ada.history(group_setup.group(ada))[0]
    before = database_inspection.at_rest(server)
    for person in (ada, agent):
        answers = [edit(person, line, "x"), delete(person, line)]
        answers.append(person.request("PUT", f"/w/messages/{line['id']}/reaction", json={"emoji": "👍"}))
        assert [answer.status_code for answer in answers] == [403] * 3
        assert person.get(f"/w/messages/{line['id']}/menu").json()["may_change"] is False
    assert database_inspection.contents(server) == before


def test_the_sender_of_a_changed_message_gets_it_as_it_is_now_for_a_retry(visitor: api.Person) -> None:
    client_id = str(uuid.uuid4())
    message = visitor.send("tea", client_id=client_id).json()
    changed = edit(visitor, message, "coffee").json()
    retry = visitor.send("tea", client_id=client_id)
    assert (retry.status_code, retry.json()) == (200, changed)
