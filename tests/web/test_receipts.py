"""Sent, delivered, read: how far a message has got, told to whoever wrote it as soon as it is true."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests import api, services
from tests.web import group_setup


def status(person: api.Person, message: dict[str, Any]) -> str:
    found: str = person.get(f"/w/messages/{message['id']}").json()["status"]
    return found


def read(person: api.Person, message: dict[str, Any]) -> None:
    answer = person.post(f"/w/conversations/{message['conversation']}/read", json={"upto": message["seq"]})
    assert answer.status_code == 204


def receipt(stream: api.Stream, conversation: str) -> dict[str, Any]:
    """The next receipt of this conversation; those who answer hear of others too."""
    while True:
        found: dict[str, Any] = stream.next("receipt").data
        if found["conversation"] == conversation:
            return found


def marks(person: api.Person, conversation: str, of: api.Person) -> tuple[int, int]:
    [member] = [it for it in group_setup.entry(person, conversation)["members"] if it["id"] == of.id]
    return member["delivered_upto"], member["read_upto"]


def delivers(agent: api.Person, to: api.Person) -> None:
    """Whatever was to be noted until now has been noted, once a message to somebody else has arrived."""
    message = agent.send("to somebody else", to.conversation).json()
    services.wait_for(lambda: status(agent, message) == "delivered", "another message to be delivered")


def test_a_message_is_sent_then_delivered_to_a_tab_then_read(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    agent.get(f"/w/conversations/{conversation}")  # or its tabs would not be told
    with services.closing(agent.listen()) as inbox, services.closing(agent.listen(as_json=False)) as in_html:
        with services.closing(visitor.listen()):
            message = agent.send("hello", conversation).json()
            assert message["status"] == "sent"
            shown = receipt(inbox, conversation)
            assert (shown["member"], shown["delivered_upto"], shown["read_upto"]) == (visitor.id, 1, 0)
            assert (shown["delivered_to_all"], shown["read_by_all"]) == (1, 0)
            assert status(agent, message) == "delivered"
        read(visitor, message)
        shown = receipt(inbox, conversation)
        assert (shown["delivered_upto"], shown["read_upto"]) == (1, 1)
        assert (shown["delivered_to_all"], shown["read_by_all"]) == (1, 1)
        assert status(agent, message) == "read"
        services.wait_for(lambda: len(group_setup.shows(in_html, conversation)) >= 4, "the same in HTML")
        fragments = [event.data for event in in_html.of("receipt") if conversation in event.data]
        assert 'data-delivered-to-all="1" data-read-by-all="0"' in fragments[0]
        assert 'data-delivered-to-all="1" data-read-by-all="1"' in fragments[1]


def test_a_message_to_somebody_without_an_open_tab_stays_sent(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    message = agent.send("hello", visitor.conversation).json()
    with services.closing(stranger.listen()):
        delivers(agent, stranger)
    assert status(agent, message) == "sent"
    assert marks(agent, message["conversation"], visitor) == (0, 0)


def test_ones_own_tabs_deliver_nothing(
    ada: api.Person, bob: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    with services.closing(ada.listen()) as one, services.closing(ada.listen()), services.closing(stranger.listen()):
        message = ada.send("hello", group).json()
        one.next("message")
        delivers(agent, stranger)
    assert status(ada, message) == "sent"
    assert marks(bob, group, ada) == (0, 0)


def test_what_is_replayed_to_a_tab_that_comes_back_is_delivered(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    with services.closing(visitor.listen()) as stream:
        agent.send("one", conversation)
        stream.next("message")
    last = [agent.send(body, conversation).json() for body in ("two", "three")][-1]
    assert status(agent, last) == "sent"
    with services.closing(agent.listen()) as inbox, services.closing(visitor.listen(last_id=stream.last_id)):
        shown = receipt(inbox, conversation)
        while shown["delivered_upto"] < 3:
            shown = receipt(inbox, conversation)
        assert (shown["delivered_to_all"], shown["read_by_all"]) == (3, 0)
    assert status(agent, last) == "delivered"


def test_what_is_read_is_delivered_too_and_no_mark_ever_moves_backwards(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    start = visitor.post("/w/session").json()["last_event_id"]
    first, _, third = (agent.send(body, conversation).json() for body in ("one", "two", "three"))
    with services.closing(agent.listen()) as inbox:
        read(visitor, third)
        assert marks(agent, conversation, visitor) == (3, 3)
        read(visitor, first)
        with services.closing(visitor.listen(last_id=start)) as stream:  # takes what is read already
            services.wait_for(lambda: len(stream.of("message")) == 3, "all three")
            fourth = agent.send("four", conversation).json()
            services.wait_for(lambda: marks(agent, conversation, visitor) == (4, 3), "the fourth to be delivered")
        read(visitor, fourth)
        seen = [receipt(inbox, conversation)]
        while seen[-1]["read_upto"] < 4:
            seen.append(receipt(inbox, conversation))
    assert [(it["delivered_upto"], it["read_upto"]) for it in seen] == [(3, 3), (4, 3), (4, 4)]


def test_what_is_read_in_one_tab_is_read_in_all_tabs(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    tabs = [visitor.listen(), visitor.listen(), visitor.listen(as_json=False)]
    message = agent.send("hello", conversation).json()
    for tab in tabs:
        entry = tab.next("conversation").data
        assert entry["unread"] == 1 if tab.as_json else 'data-testid="unread"' in entry
    read(visitor, message)
    for tab in tabs:
        entry = tab.next("conversation").data
        assert entry["unread"] == 0 if tab.as_json else 'data-testid="unread"' not in entry
        tab.close()


def test_what_one_agent_has_read_the_team_has_read_and_the_colleagues_have_not(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    colleague, sent = api.agent(server), visitor.send("hello").json()
    with services.closing(agent.listen()) as own:
        read(agent, sent)
        entry = own.next("conversation").data
        assert (entry["id"], entry["unread"]) == (sent["conversation"], 0)
    assert status(visitor, sent) == "read"
    assert group_setup.entry(colleague, sent["conversation"])["unread"] == 1
    read(colleague, sent)
    assert group_setup.entry(colleague, sent["conversation"])["unread"] == 0


def test_in_a_group_a_message_is_read_when_all_others_have_read_it(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    message = ada.send("hello all", group).json()
    with services.closing(ada.listen()) as stream:
        for person in (bob, agent):
            read(person, message)
            assert receipt(stream, group)["read_by_all"] < message["seq"]
            assert status(ada, message) != "read"
        read(cleo, message)
        assert receipt(stream, group)["read_by_all"] == message["seq"]
    assert status(ada, message) == "read"


def test_in_a_group_a_message_is_delivered_when_it_has_reached_all_others(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    start = cleo.post("/w/session").json()["last_event_id"]
    with services.closing(ada.listen()) as stream, services.closing(agent.listen()), services.closing(bob.listen()):
        message = ada.send("hello all", group).json()
        arrived = set[str]()
        while arrived < {bob.id, "team"}:
            shown = receipt(stream, group)
            assert shown["delivered_to_all"] < message["seq"]
            arrived |= {shown["member"]} if shown["delivered_upto"] >= message["seq"] else set()
        assert status(ada, message) == "sent"
        with services.closing(cleo.listen(last_id=start)):
            while receipt(stream, group)["delivered_to_all"] < message["seq"]:
                pass
        assert status(ada, message) == "delivered"


def test_who_has_read_it_is_told_of_each_who_was_there_when_it_was_sent(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person, stranger: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    message = ada.send("hello all", group).json()
    group_setup.join(ada, stranger, group)

    def statuses(person: api.Person) -> dict[str, str]:
        answer = person.get(f"/w/messages/{message['id']}/receipts")
        assert answer.status_code == 200
        return {it["id"]: it["status"] for it in answer.json()["receipts"]}

    assert set(statuses(ada)) == {bob.id, cleo.id, "team"}
    assert statuses(ada)[bob.id] == "sent"
    with services.closing(cleo.listen()):
        later = ada.send("hello again", group).json()
        services.wait_for(lambda: statuses(ada)[cleo.id] == "delivered", "Cleo's tab")
    read(bob, message)
    read(agent, later)
    assert statuses(ada) == statuses(bob) == {bob.id: "read", cleo.id: "delivered", "team": "read"}
    page = ada.get(f"/w/messages/{message['id']}/receipts", headers={"Accept": "text/html"}).text
    assert "Bob" in page
    assert "Delivered" in page
    cleo.request("DELETE", f"/w/groups/{group}/members/me")
    assert set(statuses(ada)) == {bob.id, "team"}


@pytest.mark.parametrize("how", ["by a link", "added"])
def test_for_whoever_joins_later_old_messages_count_as_read(
    how: str, ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group_setup.group(ada, cleo, title="So that Ada knows Cleo")
    group = group_setup.group(ada, bob)
    message = ada.send("hello", group).json()
    for person in (bob, agent):
        read(person, message)
    assert status(ada, message) == "read"
    if how == "added":
        assert ada.post(f"/w/groups/{group}/members", json={"user": cleo.id}).status_code == 200
    else:
        group_setup.join(ada, cleo, group)
    assert status(ada, message) == "read"
    assert group_setup.entry(cleo, group)["unread"] == 0
    new = ada.send("welcome", group).json()
    for person in (bob, agent):
        read(person, new)
    assert status(ada, new) != "read"
    read(cleo, new)
    assert status(ada, new) == "read"


def test_who_has_left_holds_nothing_up(ada: api.Person, bob: api.Person, agent: api.Person) -> None:
    group = group_setup.group(ada, bob)
    message = ada.send("hello", group).json()
    read(agent, message)
    assert status(ada, message) != "read"
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    assert status(ada, message) == "read"


def test_an_answer_to_a_retry_tells_how_far_the_message_has_got(visitor: api.Person, agent: api.Person) -> None:
    client_id = str(uuid.uuid4())
    message = visitor.send("hello", client_id=client_id).json()
    read(agent, message)
    assert visitor.send("hello", client_id=client_id).json()["status"] == "read"


def test_unread_messages_are_counted_to_a_hundred(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    for number in range(102):
        agent.send(f"message {number}", conversation)
    [entry] = visitor.conversations()
    assert entry["unread"] == 100
    listed = visitor.get("/w/conversations", headers={"Accept": "text/html"}).text
    assert ">99+</span>" in listed
