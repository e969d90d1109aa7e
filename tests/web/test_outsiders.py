"""Somebody outside a conversation cannot learn that it exists: to them it is like one that does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, group_setup
from widget import create_app, settings
from widget.chat.calls.states import LIVE

pytestmark = pytest.mark.any_database

SEND = {"body": "let me in", "client_id": group_setup.UUID}
FORWARD = {"conversation": "{own}", "client_id": group_setup.UUID}
INTO = {"conversation": "{group}", "client_id": group_setup.UUID}

# What is asked for; {group}, {message}, {member} and {file} are real ones of others, or are not there at all.
TABLE: list[tuple[str, dict[str, Any] | None]] = [
    ("GET /w/conversations/{group}", None),
    ("GET /w/conversations/{group}?before=2", None),
    ("GET /w/conversations/{group}?after=0", None),
    ("GET /w/conversations/{group}?around=1", None),
    ("GET /w/conversations/{group}/head", None),
    ("GET /w/conversations/{group}/entry", None),
    ("GET /w/conversations/{group}/about", None),
    ("GET /w/conversations/{group}/export", None),
    ("GET /w/earlier/{group}", None),
    ("GET /w/earlier/{group}?before=2", None),
    ("GET /w/people/{member}/export", None),
    ("DELETE /w/people/{member}", None),
    ("POST /w/conversations/{group}/messages", SEND),
    ("POST /w/conversations/{group}/messages", SEND | {"reply_to": "{message}"}),
    ("POST /w/conversations/{group}/read", {"upto": 1}),
    ("POST /w/conversations/{group}/read", {"upto": 999}),
    ("POST /w/conversations/{group}/typing", None),
    ("POST /w/conversations/{group}/handover", None),
    ("PATCH /w/groups/{group}", {"title": "Mine"}),
    ("PATCH /w/groups/{group}", {"picture": "https://example.com/x.png"}),
    ("PATCH /w/groups/{group}", {}),
    ("POST /w/groups/{group}/members", {"user": "{me}"}),
    ("POST /w/groups/{group}/members", {"user": "{member}"}),
    ("PATCH /w/groups/{group}/members/{member}", {"role": "member"}),
    ("PATCH /w/groups/{group}/members/{me}", {"role": "owner"}),
    ("PATCH /w/groups/{group}/members/team", {"role": "member"}),
    ("DELETE /w/groups/{group}/members/{member}", None),
    ("DELETE /w/groups/{group}/members/{me}", None),
    ("DELETE /w/groups/{group}/members/me", None),
    ("DELETE /w/groups/{group}/members/team", None),
    ("POST /w/groups/{group}/invites", None),
    ("GET /w/messages/{message}", None),
    ("PATCH /w/messages/{message}", {"body": "changed"}),
    ("PATCH /w/messages/{line}", {"body": "changed"}),
    ("DELETE /w/messages/{message}", None),
    ("DELETE /w/messages/{line}", None),
    ("POST /w/messages/{message}/answer", {"value": "x", "client_id": group_setup.UUID}),
    ("POST /w/messages/{message}/rating", {"score": 5}),
    ("POST /w/messages/{line}/answer", {"value": "x", "client_id": group_setup.UUID}),
    ("PUT /w/messages/{message}/reaction", {"emoji": "👍"}),
    ("PUT /w/messages/{line}/reaction", {"emoji": "👍"}),
    ("DELETE /w/messages/{message}/reaction", None),
    ("POST /w/messages/{message}/rating", {"score": 5}),
    ("GET /w/messages/{message}/receipts", None),
    ("GET /w/messages/{message}/menu", None),
    ("GET /w/messages/{message}/forward", None),
    ("POST /w/messages/{message}/forward", FORWARD),
    ("POST /w/messages/{line}/forward", FORWARD),
    ("POST /w/messages/{message}/forward", INTO),
    ("GET /w/search?q=secret&conversation={group}", None),
    ("GET /w/search?q=nothing&conversation={group}", None),
    ("POST /w/calls/{call}/answer", {"tab": group_setup.UUID}),
    ("POST /w/calls/{call}/hangup", {"tab": group_setup.UUID}),
    ("POST /w/calls/{call}/connected", {"tab": group_setup.UUID, "round": 0}),
    ("POST /w/calls/{call}/join", {"tab": group_setup.UUID}),
    (
        "POST /w/calls/{call}/description",
        {"tab": group_setup.UUID, "round": 0, "n": 1, "description": {"type": "offer", "sdp": "v=0"}},
    ),
    ("PATCH /w/messages/{message}", {"body": " "}),
    ("PATCH /w/uploads/{upload}", {"x": 1}),
    ("PUT /w/uploads/{upload}/poster", {"x": 1}),
    ("DELETE /w/uploads/{upload}", None),
    # In one's own group, with people and messages of others:
    ("POST /w/groups/{own}/members", {"user": "{member}"}),
    ("PATCH /w/groups/{own}/members/{member}", {"role": "owner"}),
    ("DELETE /w/groups/{own}/members/{member}", None),
]
# Where the answer is another refusal than 404, and still the same.
OTHERS: list[tuple[str, dict[str, Any] | None, int]] = [
    ("POST /w/conversations/{own}/messages", SEND | {"reply_to": "{message}"}, 422),
    ("GET /w/search?q=x&conversation={group}", None, 422),
    ("PUT /w/messages/{message}/reaction", {"emoji": "x"}, 422),
    ("PATCH /w/groups/{group}/members/{member}", {"role": "king"}, 422),
    # What only the team may do, whatever it is about:
    ("PATCH /w/conversations/{group}", {"status": "resolved"}, 403),
    ("POST /w/conversations/{group}/viewing", None, 403),
    ("GET /w/groups/{group}/people?q=secret", None, 403),
    ("PATCH /w/canned/{message}", {"text": "x"}, 403),
    ("DELETE /w/canned/{message}", None, 403),
    ("POST /w/canned/{message}/used", None, 403),
    ("PATCH /w/labels/{message}", {"name": "x"}, 403),
    ("DELETE /w/labels/{message}", None, 403),
    ("POST /w/people/{member}/block", {"kind": "visitor"}, 403),
    ("GET /w/people/{member}/history", None, 403),
    ("GET /w/people/{member}/merge?q=secret", None, 403),
    ("POST /w/people/{member}/merge", {"other": "{me}", "confirm": 1}, 403),
    ("DELETE /w/people/{member}/merge", None, 403),
    ("PATCH /w/people/{member}", {"name": "x"}, 403),
    ("POST /w/people/{member}/notes", {"body": "x"}, 403),
    ("PATCH /w/people/{member}/notes/{message}", {"body": "x"}, 403),
    ("DELETE /w/people/{member}/notes/{message}", None, 403),
    ("GET /inbox/people/{member}", None, 302),
    ("GET /inbox/{group}/assign", None, 403),
    ("GET /inbox/{group}/labels", None, 403),
    ("GET /inbox/{group}/snooze", None, 403),
    ("GET /inbox/{group}/visitor", None, 403),
    ("GET /inbox/{group}", None, 302),
    ("GET /inbox/{group}?message={message}", None, 302),
]


@dataclass
class Place:
    """An outsider with a group of their own, and the ids of another's."""

    outsider: api.Person
    own: dict[str, str]
    real: dict[str, str]

    def ask(self, request: str, fields: dict[str, Any] | None, ids: dict[str, str], form: str) -> requests.Response:
        method, path = request.split()
        ids = self.own | ids
        values = {
            name: value.format(**ids) if isinstance(value, str) else value for name, value in (fields or {}).items()
        }
        return self.outsider.request(method, path.format(**ids), json=values, headers={"Accept": form})


@pytest.fixture(scope="module")
def place(server: services.ChatServer, agent: api.Person) -> Place:
    owner, member, outsider = (api.visitor(server.url, name=name) for name in ("Owner", "Member", "Outsider"))
    group = group_setup.group(owner, member, title="Secret society")
    message = owner.send("a secret", group).json()["id"]
    agent.send("a secret of the team", group)
    upload = owner.post("/w/uploads", headers={"Upload-Length": "3"}).headers["Location"].rpartition("/")[2]
    line = owner.history(group)[0]["id"]
    own = group_setup.group(outsider)
    own_message = outsider.send("mine", own).json()["id"]
    tab = {"conversation": owner.conversations()[-1]["id"], "media": "voice", "tab": group_setup.UUID}
    call = owner.post("/w/calls", json=tab).json()["id"]
    assert owner.post(f"/w/calls/{call}/hangup", json=tab).ok
    real = {"call": call, "group": group, "message": message, "line": line, "member": member.id, "upload": upload}
    return Place(outsider, {"own": own, "message": own_message, "me": outsider.id}, real)


@pytest.fixture(scope="module")
def before(server: services.ChatServer, place: Place) -> database_inspection.Contents:
    assert place
    live = f"SELECT count(*) FROM calls WHERE state IN {LIVE}"
    # What other tests have let ring ends by itself, in less than a minute.
    services.wait_for(lambda: database_inspection.run(server, live) == [(0,)], "calls of other tests to end", within=60)
    return database_inspection.at_rest(server)


NOWHERE = dict.fromkeys(("call", "group", "message", "line", "member", "upload"), group_setup.MISSING)
NONCE = re.compile(r' nonce="[\w-]+"')
"""The word of a page's policy, which is never the same."""
CASES = [(request, fields, 404) for request, fields in TABLE] + OTHERS


@pytest.mark.parametrize(("request_", "fields", "status"), CASES, ids=[f"{it[0]} {it[1] or ''}" for it in CASES])
def test_someone_outside_is_answered_as_if_there_were_nothing_and_changes_nothing(
    request_: str,
    fields: dict[str, Any] | None,
    status: int,
    place: Place,
    server: services.ChatServer,
    before: database_inspection.Contents,
) -> None:
    for form in ("application/json", "text/html"):
        real = place.ask(request_, fields, place.real, form)
        nothing = place.ask(request_, fields, NOWHERE, form)
        assert (real.status_code, nothing.status_code) == (status, status), real.text
        assert NONCE.sub("", real.text) == NONCE.sub("", nothing.text)
        without = ("Date", "Content-Security-Policy")  # the policy has a word in it that is never the same
        assert {name: value for name, value in real.headers.items() if name not in without} == {
            name: value for name, value in nothing.headers.items() if name not in without
        }
    assert database_inspection.contents(server) == before


def test_every_endpoint_that_takes_an_id_is_in_the_table(tmp_path: Path) -> None:
    app = create_app(settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}))
    listed = {re.sub(r"\{\w+\}|/(me|team)$", "<>", request.partition("?")[0]) for request, *_ in CASES}
    listed = {re.sub(r"(?<=members)<>", "/<>", request) for request in listed}
    listed = {re.sub(r"(?<=calls/<>/)\w+", "<>", request) for request in listed}
    there = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "<>", rule.rule)
        # The settings, which are for the team alone, test_team_settings asks for.
        if "<>" in path and path.startswith(("/w/", "/inbox/")) and not path.startswith("/inbox/settings/"):
            there |= {f"{method} {path}" for method in rule.methods - {"HEAD", "OPTIONS"}}
    # Whoever has the token of an invitation or of a link is no outsider; test_invites and test_inbox ask for those.
    by_token = {f"{method} /w/invites/<>" for method in ("GET", "POST", "DELETE")} | {
        f"{method} /inbox/link/<>" for method in ("GET", "POST")
    }
    by_token.add("POST /w/popouts/<>")
    by_token |= {"GET /w/forms/<>", "POST /w/forms/<>/answer"}  # by its name, which is no secret
    assert there - by_token == listed - {"GET /w/search"}


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_nothing_of_a_group_comes_over_an_outsiders_stream_whatever_happens_in_it(
    as_json: bool, ada: api.Person, bob: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    own = stranger.send("hello").json()["conversation"]
    with services.closing(stranger.listen(as_json)) as stream, services.closing(bob.listen()):
        group = group_setup.group(ada, bob)
        message = ada.send("a secret", group).json()
        path = f"/w/messages/{message['id']}"
        done = [
            bob.post(f"/w/conversations/{group}/typing"),
            bob.post(f"/w/conversations/{group}/read", json={"upto": message["seq"]}),
            bob.request("PUT", f"{path}/reaction", json={"emoji": "👍"}),
            ada.request("PATCH", path, json={"body": "another secret"}),
            ada.request("PATCH", f"/w/groups/{group}", json={"title": "Secret"}),
            ada.request("PATCH", f"/w/groups/{group}/members/{bob.id}", json={"role": "owner"}),
            ada.request("DELETE", path),
            bob.request("DELETE", f"/w/groups/{group}/members/me"),
        ]
        assert {answer.status_code for answer in done} <= {200, 204}
        agent.send("to the outsider", own)
        stream.next("message")
        assert group_setup.shows(stream, own)
        for word in (group, message["id"], ada.id, bob.id, "secret", "Secret"):
            assert word not in str([event.data for event in stream.events])


def test_an_outsiders_list_and_search_show_nothing_of_a_group(place: Place) -> None:
    outsider, html = place.outsider, {"Accept": "text/html"}
    assert {it["id"] for it in outsider.conversations()} >= {place.own["own"]}
    everything = [
        outsider.get("/w/conversations"),
        outsider.get("/w/conversations", headers=html),
        outsider.get("/w/search?q=secret"),
        outsider.get("/w/search?q=secret", headers=html),
        outsider.post("/w/session"),
        outsider.post("/w/session", headers=html),
        outsider.get(f"/w/conversations/{place.own['own']}/about", headers=html),
        outsider.get(f"/w/messages/{place.own['message']}/forward", headers=html),
    ]
    for answer in everything:
        assert answer.ok
        for word in (*place.real.values(), "a secret", "Secret society"):
            assert word not in answer.text


def test_a_member_of_one_group_is_an_outsider_of_another(ada: api.Person, bob: api.Person) -> None:
    together, alone = group_setup.group(ada, bob), group_setup.group(ada, title="Without Bob")
    message = ada.send("only here", alone).json()
    assert bob.get(f"/w/conversations/{together}").status_code == 200
    for path in (f"/w/conversations/{alone}", f"/w/messages/{message['id']}", f"/w/conversations/{alone}/head"):
        assert bob.get(path).status_code == 404
    assert bob.get("/w/search?q=only here").json()["messages"] == []
