"""Who is visiting: sessions, tokens, and identities that the site vouches for."""

from __future__ import annotations

import hashlib
import uuid

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection
from tests.web.session_requests import new_user_id, proved, session

pytestmark = pytest.mark.any_database


def people_known(server: services.ChatServer) -> int:
    return len(database_inspection.contents(server)["users"])


def test_a_session_has_a_token_and_a_user(server: services.ChatServer) -> None:
    answer = requests.post(f"{server.url}/w/session", headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 201
    found = answer.json()
    assert set(found) >= {"token", "user"}
    assert set(found["user"]) >= {"id", "name"}
    assert len(found["token"]) >= 43  # 256 bits
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_valid_authorization_gives_the_same_user_again(server: services.ChatServer, visitor: api.Person) -> None:
    conversation, before = visitor.conversation, people_known(server)
    again = visitor.post("/w/session")
    assert again.status_code == 200
    assert again.json()["user"]["id"] == visitor.id
    assert f"Bearer {again.json()['token']}" == visitor.headers["Authorization"]
    assert visitor.conversation == conversation
    assert people_known(server) == before


def test_in_html_a_session_shows_everything_that_is_the_visitors(visitor: api.Person) -> None:
    message = visitor.send("hello again").json()
    page = visitor.post("/w/session", headers={"Accept": "text/html"}).text
    assert f'data-token="{visitor.headers["Authorization"].removeprefix("Bearer ")}"' in page
    assert f'id="m-{message["id"]}"' in page
    assert f'data-conversation="{message["conversation"]}"' in page


def test_what_a_session_rendered_and_what_its_stream_brings_leave_no_gap(visitor: api.Person) -> None:
    position = session(visitor)["last_event_id"]
    visitor.send("in between")
    with services.closing(visitor.listen(last_id=position)) as stream:
        assert stream.next("message").data["body"] == "in between"
        assert not stream.of("resync")


def test_name_email_and_picture_are_kept_and_seen_by_the_team(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    fields = {"name": "Ada Löv 💬", "email": "ada@example.com", "picture": "https://example.com/a.png"}
    assert session(visitor, **fields)["user"]["name"] == fields["name"]
    message = visitor.send("it is me").json()
    [shown] = [it for it in agent.conversations() if it["id"] == message["conversation"]]
    assert shown["title"] == message["sender"]["name"] == fields["name"]
    [kept] = database_inspection.run(server, "SELECT name, email, picture FROM users WHERE id = :id", id=visitor.id)
    assert kept == tuple(fields.values())


def test_a_token_is_stored_only_as_its_hash(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    link = server.flask("agents", "add", f"{uuid.uuid4().hex}@example.com").rpartition("/")[2]
    token = visitor.headers["Authorization"].removeprefix("Bearer ")
    cookie = agent.headers["Cookie"].partition("=")[2]
    kept = repr(database_inspection.contents(server))
    for secret in (token, cookie, link):
        assert secret not in kept
        assert hashlib.sha256(secret.encode()).hexdigest() in kept
    with database_inspection.redis_of(server) as redis:
        assert not [key for key in redis.scan_iter("*") if token.encode() in key]


def test_the_right_hash_makes_a_session_of_the_sites_user(server: services.ChatServer) -> None:
    proof = proved(new_user_id())
    first = session(api.Person(server.url), **proof, name="Grace")
    second = session(api.Person(server.url), **(proof | {"identifier_hash": proof["identifier_hash"].upper()}))
    assert first["user"]["id"] == second["user"]["id"]
    assert first["token"] != second["token"]


@pytest.mark.parametrize("proof", [None, "", "0" * 64, "right for another", "cut short"])
def test_without_the_right_hash_an_id_is_refused_before_anything_is_written(
    proof: str | None, server: services.ChatServer, visitor: api.Person
) -> None:
    user_id = new_user_id()
    known = {
        "right for another": proved(new_user_id())["identifier_hash"],
        "cut short": proved(user_id)["identifier_hash"][:63],
    }
    fields = {"id": user_id, "name": "Mallory", "identifier_hash": known.get(proof or "", proof)}
    before = database_inspection.at_rest(server)
    for person in (visitor, api.Person(server.url)):
        answer = person.post("/w/session", json=fields)
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert database_inspection.contents(server) == before


def test_without_an_identity_secret_no_id_is_accepted(own_server: services.ChatServer) -> None:
    answer = api.Person(own_server.url).post("/w/session", json=proved("u1", ""))
    assert answer.status_code == 403
    assert "IDENTITY_SECRET" in answer.json()["reason"]
    assert [row for row in database_inspection.contents(own_server)["users"] if "u1" in row] == []


def test_an_anonymous_visitor_who_turns_out_to_be_known_keeps_the_conversation(visitor: api.Person) -> None:
    message = visitor.send("before I signed in").json()
    proof = proved(new_user_id())
    promoted = session(visitor, **proof)
    assert promoted["user"]["id"] == visitor.id
    assert f"Bearer {promoted['token']}" != visitor.headers["Authorization"]
    elsewhere = api.Person(
        visitor.url, {"Authorization": f"Bearer {session(api.Person(visitor.url), **proof)['token']}"}
    )
    assert [it["id"] for it in elsewhere.history()] == [message["id"]]


def test_a_different_id_gets_a_session_of_its_own(visitor: api.Person) -> None:
    first, second = proved(new_user_id()), proved(new_user_id())
    visitor = api.Person(visitor.url, {"Authorization": f"Bearer {session(visitor, **first)['token']}"}, visitor.id)
    visitor.send("of the first")
    other = session(visitor, **second)
    assert other["user"]["id"] != visitor.id
    assert f"Bearer {other['token']}" != visitor.headers["Authorization"]
    signed_in = api.Person(visitor.url, {"Authorization": f"Bearer {other['token']}"})
    assert signed_in.history() == []
    again = api.Person(visitor.url, {"Authorization": f"Bearer {session(api.Person(visitor.url), **first)['token']}"})
    assert [it["body"] for it in again.history()] == ["of the first"]


def test_an_anonymous_visitor_does_not_take_over_the_conversation_of_a_user_who_has_one(
    server: services.ChatServer, visitor: api.Person
) -> None:
    proof = proved(new_user_id())
    known = session(api.Person(server.url), **proof)
    visitor.send("anonymous")
    found = session(visitor, **proof)
    assert found["user"]["id"] == known["user"]["id"] != visitor.id
    assert api.Person(visitor.url, {"Authorization": f"Bearer {found['token']}"}).history() == []


def test_ten_tabs_that_bring_the_same_new_id_at_once_are_one_user(server: services.ChatServer) -> None:
    proof = proved(new_user_id())
    sessions = at_once([lambda: session(api.Person(server.url), **proof)] * 10)
    assert len({found["user"]["id"] for found in sessions}) == 1
    one = api.Person(server.url, {"Authorization": f"Bearer {sessions[0]['token']}"})
    assert len(one.conversations()) == 1


@pytest.mark.parametrize("name", ["Support", "sUPPORT", " Support! ", "Suррort", "ＳＵＰＰＯＲＴ", "5upp0rt"])
def test_nobody_is_called_like_the_team_in_whatever_letters(server: services.ChatServer, name: str) -> None:
    person = api.Person(server.url)
    given = session(person, name=name)
    person.headers = {"Authorization": f"Bearer {given['token']}"}
    assert given["user"]["name"] == f"{name.strip()} (visitor)"
    assert person.post("/w/groups", json={"title": name}).json()["title"] == f"{name.strip()} (visitor)"
    assert session(api.Person(server.url), name="Support Smith")["user"]["name"] == "Support Smith"


@pytest.mark.parametrize("email", ["nobody", "a@b c", "<a@b.example>", "a@b@c", "moc.elpmaxe@\u202eadev"])
def test_what_is_no_e_mail_address_is_refused(server: services.ChatServer, email: str) -> None:
    answer = api.Person(server.url).post("/w/session", json={"email": email})
    assert (answer.status_code, "email" in answer.json()["reason"]) == (422, True)
