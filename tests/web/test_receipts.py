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
    said = agent.say("to somebody else", to.conversation).json()
    services.wait_for(lambda: status(agent, said) == "delivered", "another message to be delivered")


def test_a_message_is_sent_then_delivered_to_a_tab_then_read(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    with services.closing(agent.listen()) as desk, services.closing(agent.listen(as_json=False)) as in_html:
        with services.closing(visitor.listen()):
            said = agent.say("hello", conversation).json()
            assert said["status"] == "sent"
            told = receipt(desk, conversation)
            assert (told["member"], told["delivered_upto"], told["read_upto"]) == (visitor.id, 1, 0)
            assert (told["delivered_to_all"], told["read_by_all"]) == (1, 0)
            assert status(agent, said) == "delivered"
        read(visitor, said)
        told = receipt(desk, conversation)
        assert (told["delivered_upto"], told["read_upto"]) == (1, 1)
        assert (told["delivered_to_all"], told["read_by_all"]) == (1, 1)
        assert status(agent, said) == "read"
        services.wait_for(lambda: len(group_setup.shows(in_html, conversation)) >= 4, "the same in HTML")
        fragments = [event.data for event in in_html.of("receipt") if conversation in event.data]
        assert 'data-delivered-to-all="1" data-read-by-all="0"' in fragments[0]
        assert 'data-delivered-to-all="1" data-read-by-all="1"' in fragments[1]


def test_a_message_to_somebody_without_an_open_tab_stays_sent(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    said = agent.say("hello", visitor.conversation).json()
    with services.closing(stranger.listen()):
        delivers(agent, stranger)
    assert status(agent, said) == "sent"
    assert marks(agent, said["conversation"], visitor) == (0, 0)


def test_ones_own_tabs_deliver_nothing(
    ada: api.Person, bob: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    with services.closing(ada.listen()) as one, services.closing(ada.listen()), services.closing(stranger.listen()):
        said = ada.say("hello", group).json()
        one.next("message")
        delivers(agent, stranger)
    assert status(ada, said) == "sent"
    assert marks(bob, group, ada) == (0, 0)


def test_what_is_replayed_to_a_tab_that_comes_back_is_delivered(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    with services.closing(visitor.listen()) as stream:
        agent.say("one", conversation)
        stream.next("message")
    last = [agent.say(body, conversation).json() for body in ("two", "three")][-1]
    assert status(agent, last) == "sent"
    with services.closing(agent.listen()) as desk, services.closing(visitor.listen(last_id=stream.last_id)):
        told = receipt(desk, conversation)
        while told["delivered_upto"] < 3:
            told = receipt(desk, conversation)
        assert (told["delivered_to_all"], told["read_by_all"]) == (3, 0)
    assert status(agent, last) == "delivered"


def test_what_is_read_is_delivered_too_and_no_mark_ever_moves_backwards(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    start = visitor.post("/w/session").json()["last_event_id"]
    first, _, third = (agent.say(body, conversation).json() for body in ("one", "two", "three"))
    with services.closing(agent.listen()) as desk:
        read(visitor, third)
        assert marks(agent, conversation, visitor) == (3, 3)
        read(visitor, first)
        with services.closing(visitor.listen(last_id=start)) as stream:  # takes what is read already
            services.wait_for(lambda: len(stream.of("message")) == 3, "all three")
            fourth = agent.say("four", conversation).json()
            services.wait_for(lambda: marks(agent, conversation, visitor) == (4, 3), "the fourth to be delivered")
        read(visitor, fourth)
        seen = [receipt(desk, conversation)]
        while seen[-1]["read_upto"] < 4:
            seen.append(receipt(desk, conversation))
    assert [(it["delivered_upto"], it["read_upto"]) for it in seen] == [(3, 3), (4, 3), (4, 4)]


def test_what_is_read_in_one_tab_is_read_in_all_tabs(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    tabs = [visitor.listen(), visitor.listen(), visitor.listen(as_json=False)]
    said = agent.say("hello", conversation).json()
    for tab in tabs:
        entry = tab.next("conversation").data
        assert entry["unread"] == 1 if tab.as_json else 'data-testid="unread"' in entry
    read(visitor, said)
    for tab in tabs:
        entry = tab.next("conversation").data
        assert entry["unread"] == 0 if tab.as_json else 'data-testid="unread"' not in entry
        tab.close()


def test_what_one_agent_has_read_the_team_has_read(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    colleague, said = api.agent(server), visitor.say("hello").json()
    with services.closing(colleague.listen()) as desk:
        read(agent, said)
        entry = desk.next("conversation").data
        assert (entry["id"], entry["unread"]) == (said["conversation"], 0)
    assert status(visitor, said) == "read"


def test_in_a_group_a_message_is_read_when_all_others_have_read_it(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    said = ada.say("hello all", group).json()
    with services.closing(ada.listen()) as stream:
        for person in (bob, agent):
            read(person, said)
            assert receipt(stream, group)["read_by_all"] < said["seq"]
            assert status(ada, said) != "read"
        read(cleo, said)
        assert receipt(stream, group)["read_by_all"] == said["seq"]
    assert status(ada, said) == "read"


def test_in_a_group_a_message_is_delivered_when_it_has_reached_all_others(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    start = cleo.post("/w/session").json()["last_event_id"]
    with services.closing(ada.listen()) as stream, services.closing(agent.listen()), services.closing(bob.listen()):
        said = ada.say("hello all", group).json()
        arrived = set[str]()
        while arrived < {bob.id, "team"}:
            told = receipt(stream, group)
            assert told["delivered_to_all"] < said["seq"]
            arrived |= {told["member"]} if told["delivered_upto"] >= said["seq"] else set()
        assert status(ada, said) == "sent"
        with services.closing(cleo.listen(last_id=start)):
            while receipt(stream, group)["delivered_to_all"] < said["seq"]:
                pass
        assert status(ada, said) == "delivered"


def test_who_has_read_it_is_told_of_each_who_was_there_when_it_was_said(
    ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person, stranger: api.Person
) -> None:
    group = group_setup.group(ada, bob, cleo)
    said = ada.say("hello all", group).json()
    group_setup.join(ada, stranger, group)

    def told(person: api.Person) -> dict[str, str]:
        answer = person.get(f"/w/messages/{said['id']}/receipts")
        assert answer.status_code == 200
        return {it["id"]: it["status"] for it in answer.json()["receipts"]}

    assert set(told(ada)) == {bob.id, cleo.id, "team"}
    assert told(ada)[bob.id] == "sent"
    with services.closing(cleo.listen()):
        later = ada.say("hello again", group).json()
        services.wait_for(lambda: told(ada)[cleo.id] == "delivered", "Cleo's tab")
    read(bob, said)
    read(agent, later)
    assert told(ada) == told(bob) == {bob.id: "read", cleo.id: "delivered", "team": "read"}
    page = ada.get(f"/w/messages/{said['id']}/receipts", headers={"Accept": "text/html"}).text
    assert "Bob" in page
    assert "Delivered" in page
    cleo.request("DELETE", f"/w/groups/{group}/members/me")
    assert set(told(ada)) == {bob.id, "team"}


@pytest.mark.parametrize("how", ["by a link", "added"])
def test_for_whoever_joins_later_old_messages_count_as_read(
    how: str, ada: api.Person, bob: api.Person, cleo: api.Person, agent: api.Person
) -> None:
    group_setup.group(ada, cleo, title="So that Ada knows Cleo")
    group = group_setup.group(ada, bob)
    said = ada.say("hello", group).json()
    for person in (bob, agent):
        read(person, said)
    assert status(ada, said) == "read"
    if how == "added":
        assert ada.post(f"/w/groups/{group}/members", json={"user": cleo.id}).status_code == 200
    else:
        group_setup.join(ada, cleo, group)
    assert status(ada, said) == "read"
    assert group_setup.entry(cleo, group)["unread"] == 0
    new = ada.say("welcome", group).json()
    for person in (bob, agent):
        read(person, new)
    assert status(ada, new) != "read"
    read(cleo, new)
    assert status(ada, new) == "read"


def test_who_has_left_holds_nothing_up(ada: api.Person, bob: api.Person, agent: api.Person) -> None:
    group = group_setup.group(ada, bob)
    said = ada.say("hello", group).json()
    read(agent, said)
    assert status(ada, said) != "read"
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    assert status(ada, said) == "read"


def test_an_answer_to_a_retry_tells_how_far_the_message_has_got(visitor: api.Person, agent: api.Person) -> None:
    client_id = str(uuid.uuid4())
    said = visitor.say("hello", client_id=client_id).json()
    read(agent, said)
    assert visitor.say("hello", client_id=client_id).json()["status"] == "read"
