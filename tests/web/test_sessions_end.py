"""A session ends when it should, and with it every stream that was opened with it, in every process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import requests

from tests import api, services
from tests.web import database_inspection, group_setup
from tests.web.session_requests import new_user_id, proved, session

pytestmark = pytest.mark.any_database

PASSWORD = "correct horse battery staple"
WITHIN = 2  # seconds


@pytest.fixture(scope="module")
def neighbour(server: services.ChatServer) -> Iterator[services.ChatServer]:
    """Another process of the same deployment."""
    environ = {"IDENTITY_SECRET": "s" * 32, "STORAGE_URL": server.environ["STORAGE_URL"]}
    with services.closing(
        services.ChatServer(server.environ["REDIS_URL"], server.environ["DATABASE_URL"], **environ)
    ) as chat:
        yield chat


def everywhere(person: api.Person, *servers: services.ChatServer) -> list[api.Stream]:
    """A stream of the person at each of these servers, and one as HTML."""
    return [api.Stream(it.url, person.headers) for it in servers] + [person.listen(as_json=False)]


def are_told_the_end(streams: list[api.Stream]) -> bool:
    for stream in streams:
        assert stream.next("bye", within=WITHIN).data == "session-ended"
        assert stream.ended.wait(WITHIN)
    return True


def test_a_visitor_who_is_identified_gets_a_new_token_and_what_was_copied_before_reads_nothing(
    server: services.ChatServer, neighbour: services.ChatServer, visitor: api.Person
) -> None:
    visitor.send("before I signed in")
    streams = everywhere(visitor, server, neighbour)
    found = session(visitor, **proved(new_user_id()))
    assert found["user"]["id"] == visitor.id
    assert f"Bearer {found['token']}" != visitor.headers["Authorization"]
    assert are_told_the_end(streams)
    assert visitor.get("/w/conversations").status_code == visitor.get("/w/stream").status_code == 401
    known = api.Person(server.url, {"Authorization": f"Bearer {found['token']}"})
    assert [it["body"] for it in known.history()] == ["before I signed in"]
    again = session(known, **proved_again(server, known))
    assert again["token"] == found["token"]  # a page that says the same once more changes nothing


def proved_again(server: services.ChatServer, person: api.Person) -> dict[str, str]:
    user_id = person.post("/w/session").json()["user"]["id"]
    [[known]] = database_inspection.run(server, "SELECT external_id FROM users WHERE id = :id", id=user_id)
    return proved(known)


def test_a_visitor_ends_the_session_and_its_streams_close_in_every_process(
    server: services.ChatServer, neighbour: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    elsewhere = api.Person(neighbour.url, visitor.headers)
    where = visitor.send("hello").json()["conversation"]
    assert elsewhere.send("both processes have let me in a moment ago", where).status_code == 201
    streams, other = everywhere(visitor, server, neighbour), stranger.listen()
    assert visitor.request("DELETE", "/w/session").status_code == 204
    for person, target in ((elsewhere, where), (visitor, where), (elsewhere, "0" * 16)):
        assert person.send("nobody writes this any more", target).status_code == 401
    assert are_told_the_end(streams)
    assert visitor.get("/w/conversations").status_code == 401
    assert visitor.request("DELETE", "/w/session").status_code == 401
    assert not other.ended.is_set()
    other.close()


def test_a_visitor_has_twenty_sessions_at_most(server: services.ChatServer) -> None:
    proof = proved(new_user_id())
    tokens = [session(api.Person(server.url), **proof)["token"] for _ in range(22)]
    alive = [api.Person(server.url, {"Authorization": f"Bearer {it}"}).get("/w/conversations").ok for it in tokens]
    assert alive == [False] * 2 + [True] * 20


def test_a_token_expires_after_400_days_without_use_and_not_with_it(
    server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    at = "UPDATE tokens SET expires_at = :at, used_at = '2020-01-01 00:00:00' WHERE user_id = :id"
    database_inspection.run(server, at, id=visitor.id, at="2020-02-01 00:00:00")
    assert visitor.get("/w/conversations").status_code == 401
    database_inspection.run(server, at, id=stranger.id, at="2999-01-01 00:00:00")
    assert stranger.get("/w/conversations").ok
    days = "SELECT expires_at FROM tokens WHERE user_id = :id"
    [[expires]] = database_inspection.run(server, days, id=stranger.id)
    assert str(expires) < "2999"


def by_password(server: services.ChatServer, email: str, password: str = PASSWORD, **more: str) -> requests.Response:
    fields = {"email": email, "password": password} | more
    return api.Person(server.url).post("/inbox/sign-in", data=fields)


def signed_in(answer: requests.Response) -> api.Person:
    assert answer.status_code == 303, answer.text
    url = answer.url.partition("/inbox")[0]
    return api.Person(url, {"Cookie": f"chat_inbox={answer.cookies['chat_inbox']}"})


@pytest.fixture
def email(server: services.ChatServer) -> str:
    database_inspection.forget_tries(server)
    return f"{uuid.uuid4().hex[:8]}@example.com"


def test_a_new_password_wants_the_old_one_and_ends_all_other_sessions(
    server: services.ChatServer, neighbour: services.ChatServer, email: str
) -> None:
    first = api.agent(server, email)
    assert first.post("/inbox/password", data={"password": PASSWORD}).status_code == 200
    second = signed_in(by_password(server, email))
    streams = everywhere(first, server, neighbour)
    new = {"password": "another horse and staple"}
    assert second.post("/inbox/password", data=new).status_code == 403
    assert second.post("/inbox/password", data=new | {"old": "wrong"}).status_code == 403
    assert second.post("/inbox/password", data=new | {"old": PASSWORD}).status_code == 200
    assert are_told_the_end(streams)
    assert first.get("/w/conversations").status_code == 401
    assert second.get("/w/conversations").status_code == 200
    assert by_password(server, email).status_code == 401
    by_link = signed_in(api.Person(server.url).get(server.flask("agents", "link", email).removeprefix(server.url)))
    assert by_link.post("/inbox/password", data={"password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("password", ["elevenchars", "123qweasdzxc", "1Q2W3E4R5T6Y", "aaaaaaaaaaaaaa", "x" * 201])
def test_a_password_that_is_easily_guessed_is_not_taken(password: str, server: services.ChatServer, email: str) -> None:
    assert api.agent(server, email).post("/inbox/password", data={"password": password}).status_code in (413, 422)


def test_an_agents_sessions_are_listed_with_browser_and_last_use_and_end_one_by_one(
    server: services.ChatServer, neighbour: services.ChatServer, email: str
) -> None:
    first = api.agent(server, email)
    first.post("/inbox/password", data={"password": PASSWORD})
    fields = {"email": email, "password": PASSWORD}
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
    answer = api.Person(server.url, {"User-Agent": chrome}).post("/inbox/sign-in", data=fields)
    second = signed_in(answer)
    listed = first.get("/inbox/sessions").json()["sessions"]
    assert [it["current"] for it in listed].count(True) == 1
    other = next(it for it in listed if it["browser"] == chrome)
    assert other["used_at"]
    assert ">Chrome 130, Linux<" in first.get("/inbox/sessions", headers={"Accept": "text/html"}).text
    streams = everywhere(second, server, neighbour)
    assert first.post("/inbox/sessions/end", data={"session": other["id"]}).json() == {"ended": [other["id"]]}
    assert are_told_the_end(streams)
    assert second.get("/w/conversations").status_code == 401
    assert first.post("/inbox/sessions/end", data={"session": other["id"]}).status_code == 404
    again = first.post("/inbox/sessions/end", data={"session": other["id"]}, headers={"Accept": "text/html"})
    assert (again.status_code, again.headers["Location"]) == (303, "/inbox/sessions")  # where it is gone


@pytest.mark.parametrize("command", ["remove", "sign-out"])
def test_who_runs_the_server_ends_an_agents_sessions(
    command: str, server: services.ChatServer, neighbour: services.ChatServer, email: str
) -> None:
    agent = api.agent(server, email)
    streams = everywhere(agent, server, neighbour)
    assert email in server.flask("agents", "list")
    server.flask("agents", command, email)
    assert are_told_the_end(streams)
    assert agent.get("/w/conversations").status_code == 401
    assert (email in server.flask("agents", "list")) == (command == "sign-out")


def test_signing_out_closes_the_streams(
    server: services.ChatServer, neighbour: services.ChatServer, email: str
) -> None:
    agent = api.agent(server, email)
    streams = everywhere(agent, server, neighbour)
    assert agent.post("/inbox/sign-out").status_code == 303
    assert are_told_the_end(streams)


def test_what_a_removed_agent_wrote_stays_and_they_can_be_added_again(
    server: services.ChatServer, visitor: api.Person, email: str
) -> None:
    sent = visitor.send("hello").json()
    api.agent(server, email).send("an answer", sent["conversation"])
    server.flask("agents", "remove", email)
    assert [it["body"] for it in visitor.history()] == ["hello", "an answer"]
    assert api.agent(server, email).get("/w/conversations").ok


def test_the_second_factor_is_asked_for_and_each_code_is_good_once(server: services.ChatServer, email: str) -> None:
    agent = api.agent(server, email)
    agent.post("/inbox/password", data={"password": PASSWORD})
    agent_id = agent.get("/inbox/settings/people").json()["me"]
    secret = pyotp.random_base32()
    assert agent.post("/inbox/second-factor", data={"secret": secret, "code": "000000"}).status_code == 422
    now = pyotp.TOTP(secret).now()
    codes = agent.post("/inbox/second-factor", data={"secret": secret, "code": now}).json()["recovery_codes"]
    asked = by_password(server, email)
    assert (asked.status_code, "Set-Cookie" in asked.headers) == (401, False)
    ticket = asked.json()["ticket"]
    wrong = api.Person(server.url).post("/inbox/sign-in/code", data={"ticket": ticket, "code": now})
    assert wrong.status_code == 401  # it was used when the factor was set up
    again = api.Person(server.url).post("/inbox/sign-in/code", data={"ticket": ticket, "code": codes[0]})
    assert again.status_code == 401  # a ticket is good for one try
    right = {"ticket": wrong.json()["ticket"], "code": codes[0]}
    assert signed_in(api.Person(server.url).post("/inbox/sign-in/code", data=right)).get("/w/conversations").ok
    assert by_password(server, email, code=codes[0]).status_code == 401
    assert signed_in(by_password(server, email, code=codes[1])).get("/w/conversations").ok
    link = server.flask("agents", "link", email).removeprefix(server.url)
    assert api.Person(server.url).get(link).status_code == 401  # a link is one factor
    server.flask("agents", "reset-factor", email)
    assert agent.get("/w/conversations").status_code == 401
    done = api.agent(server).get("/inbox/settings/audit", params={"kind": "agent"}).json()["entries"]
    assert [(it["action"], it["actor"]["id"]) for it in done if it["object"] == agent_id] == [
        ("agent.factor-reset", "team"),
        ("agent.factor", agent_id),
        ("agent.password", agent_id),
    ]
    database_inspection.forget_tries(server)
    assert by_password(server, email).status_code == 303


def test_a_second_factor_that_everybody_must_have_is_set_up_first(
    own_redis: services.RedisServer, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(own_redis.url, url, REQUIRE_SECOND_FACTOR="on")) as strict:
        agent = api.agent(strict)
        assert agent.get("/inbox").headers["Location"] == "/inbox/sessions"
        assert agent.get("/w/conversations").status_code == agent.get("/w/stream").status_code == 403
        page = agent.get("/inbox/sessions", headers={"Accept": "text/html"}).text
        secret = page.partition('name="secret" value="')[2].partition('"')[0]
        code = pyotp.TOTP(secret).now()
        assert agent.post("/inbox/second-factor", data={"secret": secret, "code": code}).ok
        assert agent.get("/w/conversations").ok


def test_removing_somebody_revokes_the_links_they_made_and_the_one_they_came_by(
    ada: api.Person, bob: api.Person, cleo: api.Person, stranger: api.Person
) -> None:
    group = group_setup.group(ada)
    came_by, another = (ada.post(f"/w/groups/{group}/invites").json()["token"] for _ in range(2))
    assert bob.post(f"/w/invites/{came_by}").ok
    ada.request("PATCH", f"/w/groups/{group}/members/{bob.id}", json={"role": "owner"})
    made = bob.post(f"/w/groups/{group}/invites").json()["token"]
    assert ada.request("DELETE", f"/w/groups/{group}/members/{bob.id}").ok
    assert [stranger.post(f"/w/invites/{it}").status_code for it in (came_by, made)] == [410, 410]
    assert bob.post(f"/w/invites/{another}").status_code == 403
    assert cleo.post(f"/w/invites/{another}").ok


def test_a_visitors_fifty_first_stream_ends_the_oldest_in_whatever_process_with_a_reason(
    server: services.ChatServer, neighbour: services.ChatServer, visitor: api.Person
) -> None:
    streams = [api.Stream(it.url, visitor.headers) for it in (server, neighbour) for _ in range(25)]
    try:
        for oldest, where in ((0, neighbour), (1, server), (2, neighbour)):
            streams.append(api.Stream(where.url, visitor.headers))
            assert streams[oldest].next("bye", within=WITHIN).data == "too-many-streams"
            assert streams[oldest].ended.wait(WITHIN)
            assert not [it for it in streams[oldest + 1 :] if it.ended.is_set()]
    finally:
        for stream in streams:
            stream.close()


def test_over_https_the_cookie_is_for_this_host_alone(own_redis: services.RedisServer, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(own_redis.url, url, PROXIES="1")) as server:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"}
        person = api.Person(server.url, headers)
        path = server.flask("agents", "add", "a@example.com").split()[-1].removeprefix(server.url)
        page = person.get(path, headers={"Accept": "text/html"})
        assert (page.status_code, "Set-Cookie" in page.headers) == (200, False)  # a mail scanner uses nothing up
        answer = person.post(path)
        name, *attributes = answer.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-chat_inbox=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
        assert answer.headers["Strict-Transport-Security"]
        assert "Strict-Transport-Security" not in requests.get(f"{server.url}/popup", timeout=10).headers
        known = api.Person(server.url, headers | {"Cookie": name})
        inbox = known.get("/inbox")
        assert 'data-testid="inbox-list"' in inbox.text
        assert inbox.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert (
            api.Person(server.url, headers | {"Cookie": name.removeprefix("__Host-")}).get("/w/stream").status_code
            == 401
        )
        assert known.post("/inbox/sign-out").headers["Set-Cookie"].startswith("__Host-chat_inbox=;")
        assert "Cross-Origin-Opener-Policy" not in person.get("/popup").headers


def test_the_database_says_where_it_is_and_goes_back_and_forth(own_server: services.ChatServer) -> None:
    newest = own_server.flask("db", "current").split()[-1].rstrip(".")
    assert own_server.flask("db", "downgrade", "-1").split(" revision ")[1][:4] < newest
    assert f"revision {newest}" in own_server.flask("db", "upgrade")
    assert own_server.flask("db", "downgrade", "0006").startswith("The database is at revision 0006;")
