"""Groups: who is in them, and who may change what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests import api, services
from tests.web import database_inspection, group_setup
from widget.chat.conversations.groups import MEMBERS_LIMIT


def roles(person: api.Person, group: str) -> dict[str, str]:
    return {member["id"]: member["role"] for member in group_setup.entry(person, group)["members"]}


def test_a_new_group_has_its_title_and_is_owned_by_whoever_made_it_and_the_team(
    ada: api.Person, agent: api.Person
) -> None:
    answer = ada.post("/w/groups", json={"title": "  Tea \n round "})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["kind"], made["title"], made["role"], made["unread"]) == ("group", "Tea round", "owner", 0)
    assert {member["id"]: member["role"] for member in made["members"]} == {ada.id: "owner", "team": "owner"}
    assert group_setup.entry(ada, made["id"]) == made
    assert made["id"] not in [it["id"] for it in agent.conversations()]  # until something is written in it
    ada.send("hello", made["id"])
    assert group_setup.entry(agent, made["id"])["title"] == "Tea round"


def test_what_happens_in_a_group_is_told_in_lines_that_nobody_has_to_read(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    first, second = agent.history(group)
    assert (first["kind"], first["body"]) == ("system", "Ada created the group “Tea round”.")
    assert (second["kind"], second["body"]) == ("system", "Bob joined with an invitation from Ada.")
    assert [group_setup.entry(person, group)["unread"] for person in (ada, bob)] == [0, 0]
    ada.send("hello", group)
    assert [group_setup.entry(person, group)["unread"] for person in (ada, bob, agent)] == [0, 1, 1]


def test_a_new_group_is_in_every_tab_of_whoever_made_it_and_of_the_team(ada: api.Person, agent: api.Person) -> None:
    with (
        services.closing(ada.listen()) as one,
        services.closing(ada.listen()) as two,
        services.closing(agent.listen()) as inbox,
    ):
        group = group_setup.group(ada)
        for stream in (one, two, inbox):
            assert stream.next("message").data["conversation"] == group
            assert stream.next("conversation").data["title"] == "Tea round"


def test_a_group_is_answered_in_html_as_the_opened_conversation(ada: api.Person) -> None:
    answer = ada.post("/w/groups", data={"title": "Tea"}, headers={"Accept": "text/html"})
    assert answer.status_code == 201
    assert f'data-conversation="{ada.conversation}"' in answer.text
    assert 'data-kind="group"' in answer.text


def test_an_owner_gives_a_group_another_name_and_a_picture(ada: api.Person, bob: api.Person) -> None:
    group, picture = group_setup.group(ada, bob), "https://example.com/tea.png"
    with services.closing(bob.listen()) as stream:
        answer = ada.request("PATCH", f"/w/groups/{group}", json={"title": "Coffee", "picture": picture})
        assert (answer.status_code, answer.json()["title"], answer.json()["picture"]) == (200, "Coffee", picture)
        assert stream.next("conversation").data["title"] == "Coffee"
    again = ada.request("PATCH", f"/w/groups/{group}", json={"title": "Coffee", "picture": picture})
    assert again.status_code == 200
    assert group_setup.bodies(bob, group, "system")[2:] == [
        "Ada named the group “Coffee”.",
        "Ada changed the group’s picture.",
    ]


def test_a_direct_conversation_has_no_name_of_its_own(ada: api.Person) -> None:
    message = ada.send("hello").json()
    answer = ada.request("PATCH", f"/w/groups/{message['conversation']}", json={"title": "Mine"})
    assert answer.status_code == 422
    assert group_setup.entry(ada, message["conversation"])["title"] == "Support"


def test_an_owner_adds_whom_they_share_a_conversation_with(ada: api.Person, bob: api.Person) -> None:
    group_setup.group(ada, bob)
    second = group_setup.group(ada, title="Second")
    ada.send("before Bob", second)
    with services.closing(bob.listen()) as stream:
        answer = ada.post(f"/w/groups/{second}/members", json={"user": bob.id})
        assert answer.status_code == 200
        assert roles(ada, second) == {ada.id: "owner", "team": "owner", bob.id: "member"}
        assert stream.next("conversation").data["title"] == "Second"
    assert group_setup.bodies(bob, second) == ["before Bob"]
    assert group_setup.entry(bob, second)["unread"] == 0
    assert ada.post(f"/w/groups/{second}/members", json={"user": bob.id}).status_code == 200
    assert group_setup.bodies(ada, second, "system")[1:] == ["Ada added Bob."]


def test_whom_one_does_not_share_a_conversation_with_cannot_be_added_or_told_from_nobody(
    ada: api.Person, bob: api.Person, stranger: api.Person
) -> None:
    former = group_setup.group(ada, bob)
    bob.request("DELETE", f"/w/groups/{former}/members/me")
    stranger.send("known to the team, not to Ada")
    group = group_setup.group(ada)
    answers = [
        ada.post(f"/w/groups/{group}/members", json={"user": it}) for it in (stranger.id, bob.id, group_setup.MISSING)
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[2].text)}
    assert set(roles(ada, group)) == {ada.id, "team"}


def test_adding_somebody_to_a_direct_conversation_makes_it_a_group(ada: api.Person, bob: api.Person) -> None:
    group_setup.group(ada, bob)
    direct = ada.send("hello", next(it["id"] for it in ada.conversations() if it["kind"] == "direct")).json()
    answer = ada.post(f"/w/groups/{direct['conversation']}/members", json={"user": bob.id})
    assert (answer.status_code, answer.json()["kind"]) == (200, "group")
    assert group_setup.bodies(bob, direct["conversation"]) == ["hello"]


def test_the_team_adds_any_visitor_who_has_written_however_many_there_are(
    server: services.ChatServer, ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada)
    bob.send("hello")
    moment = datetime.now(UTC)
    made = {"created_at": moment, "updated_at": moment, "kind": "direct", "last_seq": 1}
    ids = [f"{number:04x}{bob.id[:12]}" for number in range(200)]
    database_inspection.insert(
        server, "users", [{"id": it, "kind": "visitor", "name": it, "created_at": moment} for it in ids]
    )
    database_inspection.insert(server, "conversations", [made | {"id": it} for it in ids])
    member = {"joined_at": moment, "delivered_upto": 0, "read_upto": 0}
    for letter, users in (("a", ids), ("b", ["team"] * len(ids))):
        members = [
            member | {"id": letter + it[1:], "conversation_id": it, "user_id": user}
            for it, user in zip(ids, users, strict=True)
        ]
        database_inspection.insert(server, "members", members)
    unread = agent.post(f"/w/groups/{group}/members", json={"user": bob.id})
    answer = agent.post(f"/w/groups/{group}/members", json={"user": bob.id, "confirm": True})
    for table, column in (("members", "conversation_id"), ("conversations", "id"), ("users", "id")):
        database_inspection.run(server, f"DELETE FROM {table} WHERE {column} LIKE :theirs", theirs=f"____{bob.id[:12]}")
    assert (unread.status_code, answer.status_code) == (422, 200)  # what it means has to be confirmed
    assert "Bob will read everything" in unread.json()["reason"]
    assert bob.id in roles(ada, group)


def test_an_owner_makes_another_owner_and_a_plain_member_again(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)

    def make(role: str) -> tuple[int, str, int]:
        answer = ada.request("PATCH", f"/w/groups/{group}/members/{bob.id}", json={"role": role})
        renamed = bob.request("PATCH", f"/w/groups/{group}", json={"title": f"Bob as {role}"})
        return answer.status_code, roles(bob, group)[bob.id], renamed.status_code

    assert make("owner") == (200, "owner", 200)
    assert make("owner") == (200, "owner", 200)
    assert make("member") == (200, "member", 403)
    lines = group_setup.bodies(ada, group, "system")
    assert [line for line in lines if "made" in line] == ["Ada made Bob an owner.", "Ada made Bob a member."]


def test_the_team_cannot_be_removed_made_a_member_or_leave(ada: api.Person, agent: api.Person) -> None:
    group = group_setup.group(ada)
    before = group_setup.entry(ada, group)
    tries = [
        ada.request("DELETE", f"/w/groups/{group}/members/team"),
        ada.request("PATCH", f"/w/groups/{group}/members/team", json={"role": "member"}),
        agent.request("DELETE", f"/w/groups/{group}/members/me"),
        agent.request("DELETE", f"/w/groups/{group}/members/team"),
    ]
    assert [answer.status_code for answer in tries] == [422] * 4
    assert group_setup.entry(ada, group) == before


def test_nobody_leaves_or_is_removed_from_a_direct_conversation(ada: api.Person, agent: api.Person) -> None:
    message = ada.send("hello").json()
    path = f"/w/groups/{message['conversation']}/members"
    assert ada.request("DELETE", f"{path}/me").status_code == 422
    assert agent.request("DELETE", f"{path}/{ada.id}").status_code == 422
    assert ada.send("still here", message["conversation"]).status_code == 201


def test_in_a_direct_conversation_there_are_no_roles_to_change(ada: api.Person, agent: api.Person) -> None:
    message = ada.send("hello").json()
    path = f"/w/groups/{message['conversation']}/members/{ada.id}"
    assert agent.request("PATCH", path, json={"role": "member"}).status_code == 422
    assert roles(ada, message["conversation"])[ada.id] == "owner"


def test_a_group_has_no_more_than_its_limit_of_members(
    server: services.ChatServer, ada: api.Person, bob: api.Person, cleo: api.Person
) -> None:
    group = group_setup.group(ada)
    token, moment = group_setup.invitation(ada, group), datetime.now(UTC)
    ids = [f"{number:04x}{ada.id[:12]}" for number in range(MEMBERS_LIMIT - 3)]
    database_inspection.insert(
        server, "users", [{"id": it, "kind": "visitor", "name": it, "created_at": moment} for it in ids]
    )
    member = {"conversation_id": group, "joined_at": moment, "delivered_upto": 0, "read_upto": 0}
    database_inspection.insert(server, "members", [member | {"id": it, "user_id": it} for it in ids])
    assert bob.post(f"/w/invites/{token}").status_code == 200
    assert len(roles(ada, group)) == MEMBERS_LIMIT
    refused = cleo.post(f"/w/invites/{token}")
    assert refused.status_code == 422
    assert f"at most {MEMBERS_LIMIT} members" in refused.json()["reason"]
    assert bob.request("DELETE", f"/w/groups/{group}/members/me").status_code == 200
    assert cleo.post(f"/w/invites/{token}").status_code == 200  # a place has become free


def test_the_team_sees_groups_and_answers_in_them(
    ada: api.Person, bob: api.Person, agent: api.Person, server: services.ChatServer
) -> None:
    group, colleague = group_setup.group(ada, bob), api.agent(server)
    with services.closing(bob.listen()) as stream, services.closing(colleague.listen()) as inbox:
        assert ada.send("where is my parcel?", group).status_code == 201
        assert inbox.next("message", about=group).data["conversation"] == group
        stream.next("message")
        assert agent.send("on its way", group).status_code == 201
        assert stream.next("message").data["body"] == "on its way"
        assert inbox.next("message", about=group).data["mine"] is False  # but the colleague's
    assert f'data-conversation="{group}"' in agent.get("/inbox").text
    assert "on its way" in agent.get(f"/inbox/{group}").text


PLAIN = {
    "rename it": ("PATCH", "", {"title": "Bob's"}),
    "change its picture": ("PATCH", "", {"picture": "https://example.com/x.png"}),
    "add somebody": ("POST", "/members", {"user": "{known}"}),
    "remove an owner": ("DELETE", "/members/{owner}", None),
    "remove a member": ("DELETE", "/members/{other}", None),
    "remove the team": ("DELETE", "/members/team", None),
    "remove somebody who is not there": ("DELETE", f"/members/{group_setup.MISSING}", None),
    "make themselves an owner": ("PATCH", "/members/{me}", {"role": "owner"}),
    "make an owner a member": ("PATCH", "/members/{owner}", {"role": "member"}),
    "invite": ("POST", "/invites", None),
}


@pytest.mark.parametrize("what", PLAIN)
def test_a_plain_member_may_not(
    what: str,
    server: services.ChatServer,
    ada: api.Person,
    bob: api.Person,
    cleo: api.Person,
    stranger: api.Person,
) -> None:
    group = group_setup.group(ada, bob, cleo)
    group_setup.group(stranger, bob)
    token = group_setup.invitation(ada, group)
    method, path, fields = PLAIN[what]
    ids = {"owner": ada.id, "other": cleo.id, "me": bob.id, "known": stranger.id}
    before = database_inspection.at_rest(server)
    values = {name: value.format(**ids) for name, value in (fields or {}).items()}
    answer = bob.request(method, f"/w/groups/{group}{path.format(**ids)}", json=values)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert bob.request("DELETE", f"/w/invites/{token}").status_code == 403
    assert database_inspection.contents(server) == before
