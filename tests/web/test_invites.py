"""Invitations: links that let whoever has them into a conversation, until they expire or are revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection, group_setup
from widget.chat.conversations.invitations import OPEN_LIMIT

pytestmark = pytest.mark.any_database


def expire(server: services.ChatServer, token: str) -> None:
    database_inspection.run(
        server, "UPDATE invites SET expires_at = '2020-01-01 00:00:00' WHERE token = :token", token=token
    )


def join(person: api.Person, token: str) -> requests.Response:
    return person.post(f"/w/invites/{token}")


def test_an_invitation_has_a_token_an_address_and_an_end(server: services.ChatServer, ada: api.Person) -> None:
    answer = ada.post(f"/w/groups/{group_setup.group(ada)}/invites")
    made = answer.json()
    assert answer.status_code == 201
    assert set(made) == {"token", "url", "expires_at"}
    assert len(made["token"]) >= 22  # 128 bits
    assert made["url"] == f"{server.url}/join/{made['token']}"
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6) < left <= timedelta(days=7)


def test_where_an_invitation_leads_to_asks_first_and_changes_nothing(
    server: services.ChatServer, ada: api.Person
) -> None:
    group = group_setup.group(ada)
    token = group_setup.invitation(ada, group)
    before = database_inspection.at_rest(server)
    page = requests.get(f"{server.url}/join/{token}", timeout=10)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    anybody = api.Person(server.url).get(f"/w/invites/{token}")
    assert (anybody.status_code, anybody.json()["title"], anybody.json()["inviter"]["name"]) == (
        *(200, "Tea round"),
        "Ada",
    )
    assert group not in anybody.text
    assert database_inspection.contents(server) == before


def test_whoever_joins_is_a_plain_member_and_sees_the_messages_so_far_as_read(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada)
    ada.send("before Bob", group)
    with services.closing(ada.listen()) as hers, services.closing(bob.listen()) as his:
        answer = join(bob, group_setup.invitation(ada, group))
        joined = answer.json()
        assert (answer.status_code, joined["id"], joined["role"], joined["unread"]) == (200, group, "member", 0)
        for stream in (hers, his):
            assert stream.next("message").data["body"] == "Bob joined with an invitation from Ada."
            assert bob.id in {member["id"] for member in stream.next("conversation").data["members"]}
    assert group_setup.bodies(bob, group) == ["before Bob"]
    assert bob.send("hello", group).status_code == 201


def test_joining_again_changes_nothing(server: services.ChatServer, ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    token = group_setup.invitation(ada, group)
    before = database_inspection.at_rest(server)
    for person in (bob, ada, bob):
        answer = join(person, token)
        assert (answer.status_code, answer.json()["id"]) == (200, group)
    assert database_inspection.contents(server) == before


def test_ten_joins_at_once_take_one_seat(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada)
    token = group_setup.invitation(ada, group)
    answers = at_once([lambda: join(bob, token)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert [member["id"] for member in group_setup.entry(ada, group)["members"]].count(bob.id) == 1
    assert len([line for line in group_setup.bodies(ada, group, "system") if "joined" in line]) == 1


@pytest.mark.parametrize("how", ["expired", "revoked", "revoked twice"])
def test_an_invitation_that_is_over_lets_nobody_in(
    how: str, server: services.ChatServer, ada: api.Person, bob: api.Person
) -> None:
    group = group_setup.group(ada)
    token = group_setup.invitation(ada, group)
    if how == "expired":
        expire(server, token)
    for _ in range(how.count("revoked") + how.count("twice")):
        assert ada.request("DELETE", f"/w/invites/{token}").status_code == 200
    for answer in (join(bob, token), bob.get(f"/w/invites/{token}")):
        assert (answer.status_code, answer.json()["error"]) == (410, "expired")
    assert bob.id not in {member["id"] for member in group_setup.entry(ada, group)["members"]}
    assert bob.get(f"/w/conversations/{group}").status_code == 404


@pytest.mark.parametrize("token", ["x" * 22, "%00", "%F0%9F%98%80", "'", "x" * 2000])
def test_an_unknown_invitation_is_not_found(token: str, bob: api.Person) -> None:
    answers = [bob.request(method, f"/w/invites/{token}") for method in ("GET", "POST", "DELETE")]
    assert [answer.status_code for answer in answers] == [404] * 3


def test_only_who_is_signed_in_joins(server: services.ChatServer, ada: api.Person) -> None:
    token = group_setup.invitation(ada, group_setup.group(ada))
    assert join(api.Person(server.url), token).status_code == 401


def test_an_outsider_cannot_revoke_an_invitation(ada: api.Person, bob: api.Person) -> None:
    token = group_setup.invitation(ada, group_setup.group(ada))
    refused, unknown = (bob.request("DELETE", f"/w/invites/{it}") for it in (token, "x" * 22))
    assert (refused.status_code, refused.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    assert join(bob, token).status_code == 200


def test_who_was_removed_comes_back_by_being_added_but_not_by_a_link(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    group_setup.group(ada, bob, title="Another")  # so that Ada still knows Bob
    token = group_setup.invitation(ada, group)
    assert ada.request("DELETE", f"/w/groups/{group}/members/{bob.id}").status_code == 200
    assert join(bob, token).status_code == 403
    assert group_setup.entry(bob, group)["left"] is True
    ada.send("without Bob", group)
    assert ada.post(f"/w/groups/{group}/members", json={"user": bob.id}).status_code == 200
    back = group_setup.entry(bob, group)
    assert (back["left"], back["role"], back["unread"]) == (False, "member", 0)
    assert group_setup.bodies(bob, group) == ["without Bob"]
    assert bob.request("DELETE", f"/w/groups/{group}/members/me").status_code == 200
    assert join(bob, token).status_code == 200  # this time he had left by himself


def test_who_has_left_comes_back_by_a_link_as_a_plain_member(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    ada.request("PATCH", f"/w/groups/{group}/members/{bob.id}", json={"role": "owner"})
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    group_setup.join(ada, bob, group)
    back = group_setup.entry(bob, group)
    assert (back["left"], back["role"]) == (False, "member")
    assert bob.send("hello again", group).status_code == 201


def test_a_direct_conversation_becomes_a_group_when_a_colleague_joins(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    direct = ada.send("my order is broken").json()["conversation"]
    token = group_setup.invitation(ada, direct)
    assert group_setup.entry(ada, direct)["kind"] == "direct"
    assert join(bob, token).status_code == 200
    for person in (ada, bob, agent):
        assert group_setup.entry(person, direct)["kind"] == "group"
        assert group_setup.bodies(person, direct) == ["my order is broken"]
    assert sorted(group_setup.entry(bob, direct)["title"].split(", ")) == ["Ada", "Support"]
    assert bob.send("mine too", direct).status_code == 201
    assert group_setup.entry(agent, direct)["unread"] == 2


def test_whoever_has_let_somebody_in_begins_one_conversation_with_the_team_alone_however_often_they_ask(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    own = ada.conversation
    assert [ada.post("/w/conversations").json()["id"], ada.post("/w/conversations").status_code] == [own, 200]
    group_setup.join(ada, bob, own)
    assert bob.post("/w/conversations").json()["id"] != own
    with services.closing(ada.listen()) as stream:
        answers = at_once([lambda: ada.post("/w/conversations")] * 6)
        assert sorted(it.status_code for it in answers) == [200] * 5 + [201]
        (alone,) = {it.json()["id"] for it in answers}
        event = stream.next("conversation").data
    assert (event["id"], event["kind"], event["last"]) == (alone, "direct", None)
    assert alone not in [it["id"] for it in agent.conversations()]  # until something is written in it
    ada.send("only for the team", alone)
    assert group_setup.bodies(agent, alone) == ["only for the team"]
    assert bob.get(f"/w/conversations/{alone}").status_code == 404
    assert agent.post("/w/conversations").status_code == 403


def test_an_agent_invites_into_a_visitors_conversation(ada: api.Person, bob: api.Person, agent: api.Person) -> None:
    direct = ada.send("hello").json()["conversation"]
    group_setup.join(agent, bob, direct)
    assert group_setup.bodies(bob, direct) == ["hello"]


def test_an_agent_who_opens_an_invitation_takes_no_second_seat(ada: api.Person, agent: api.Person) -> None:
    group = group_setup.group(ada)
    answer = join(agent, group_setup.invitation(ada, group))
    assert answer.status_code == 200
    assert {member["id"] for member in answer.json()["members"]} == {ada.id, "team"}


def test_so_many_invitations_may_be_open_at_a_time_and_no_more(server: services.ChatServer, ada: api.Person) -> None:
    group = group_setup.group(ada)
    tokens = [group_setup.invitation(ada, group) for _ in range(OPEN_LIMIT)]
    refused = ada.post(f"/w/groups/{group}/invites")
    assert refused.status_code == 422
    assert str(OPEN_LIMIT) in refused.json()["reason"]
    expire(server, tokens[0])
    group_setup.invitation(ada, group)
    assert ada.request("DELETE", f"/w/invites/{tokens[1]}").status_code == 200
    group_setup.invitation(ada, group)


def test_the_open_invitations_are_shown_to_owners_only(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    token = group_setup.invitation(ada, group)
    path, html = f"/w/conversations/{group}/about", {"Accept": "text/html"}
    assert token in ada.get(path, headers=html).text
    assert token not in bob.get(path, headers=html).text
