"""The inbox's door: one-time links, passwords, cookies, and pages of other sites."""

from __future__ import annotations

import uuid

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, team_setup
from widget.realtime import following

pytestmark = pytest.mark.any_database

PASSWORD = "correct horse battery"


@pytest.fixture
def email(server: services.ChatServer) -> str:
    """The address of a new agent."""
    database_inspection.forget_tries(server)
    address = f"{uuid.uuid4().hex}@example.com"
    server.flask("agents", "add", address, "--name", "Ana")
    return address


def sign_in(server: services.ChatServer, email: str, password: str) -> requests.Response:
    return api.Person(server.url).post("/inbox/sign-in", data={"email": email, "password": password})


def cookie_of(answer: requests.Response) -> api.Person:
    url = answer.url.partition("/inbox")[0]
    return api.Person(url, {"Cookie": f"chat_inbox={answer.cookies['chat_inbox']}"})


def test_a_one_time_link_works_once(server: services.ChatServer, email: str) -> None:
    path = "/inbox/link/" + server.flask("agents", "link", email).rpartition("/")[2]
    first = api.Person(server.url).get(path)
    again = api.Person(server.url).get(path)
    assert (first.status_code, first.headers["Location"]) == (303, "/inbox")
    assert 'data-testid="inbox-list"' in cookie_of(first).get("/inbox").text
    assert again.status_code == 401
    assert "fresh one" in again.json()["reason"]
    assert "Set-Cookie" not in again.headers


def test_a_head_request_does_not_spend_a_link(server: services.ChatServer, email: str) -> None:
    path = "/inbox/link/" + server.flask("agents", "link", email).rpartition("/")[2]
    for _ in range(2):
        answer = api.Person(server.url).request("HEAD", path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert api.Person(server.url).get(path).status_code == 303


def test_an_old_link_does_not_work(server: services.ChatServer, email: str) -> None:
    path = "/inbox/link/" + server.flask("agents", "link", email).rpartition("/")[2]
    aged = (
        "UPDATE tokens SET expires_at = '2020-01-01 00:00:00' WHERE user_id IN (SELECT id FROM users WHERE login = :at)"
    )
    database_inspection.run(server, aged, at=email)
    assert api.Person(server.url).get(path).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: services.ChatServer, email: str) -> None:
    path = "/inbox/link/" + server.flask("agents", "link", email).rpartition("/")[2]
    attributes = api.Person(server.url).get(path).headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)


def test_a_password_is_set_and_used(server: services.ChatServer, email: str) -> None:
    agent = cookie_of(api.Person(server.url).get(server.flask("agents", "link", email).removeprefix(server.url)))
    assert agent.post("/inbox/password", data={"password": PASSWORD}).status_code == 200
    answer = sign_in(server, email.upper(), PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    assert 'data-testid="inbox-list"' in cookie_of(answer).get("/inbox").text
    [[kept]] = database_inspection.run(server, "SELECT password_hash FROM users WHERE login = :at", at=email)
    assert kept.startswith("$argon2")
    assert PASSWORD not in kept


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(server: services.ChatServer, email: str) -> None:
    agent = cookie_of(api.Person(server.url).get(server.flask("agents", "link", email).removeprefix(server.url)))
    nothing_set = sign_in(server, email, PASSWORD)
    agent.post("/inbox/password", data={"password": PASSWORD})
    wrong = sign_in(server, email, PASSWORD + "!")
    unknown = sign_in(server, f"{uuid.uuid4().hex}@example.com", PASSWORD)
    assert [answer.status_code for answer in (nothing_set, wrong, unknown)] == [401] * 3
    assert nothing_set.text == wrong.text == unknown.text
    assert "Set-Cookie" not in wrong.headers


def test_a_wrong_password_leaves_no_traceback_in_the_log(server: services.ChatServer, email: str) -> None:
    before = len(server.printed())
    assert sign_in(server, email, "wrong").status_code == 401
    assert "Traceback" not in server.printed()[before:]


@pytest.mark.parametrize("kind", ["data", "json"])
def test_the_sixth_try_at_an_account_is_throttled_and_others_are_not(
    kind: str, server: services.ChatServer, email: str
) -> None:
    def sign_in(address: str) -> requests.Response:
        return api.Person(server.url).post("/inbox/sign-in", **{kind: {"email": address, "password": "wrong"}})

    tries = [sign_in(address) for address in (email, email.upper(), f" {email} ", email, email, email)]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]
    assert tries[-1].json() == {
        "error": "rate-limit-exceeded",
        "reason": "That was too often in a short time; please wait a moment.",
    }
    assert int(tries[-1].headers["Retry-After"]) > 0
    assert sign_in(f"{uuid.uuid4().hex}@example.com").status_code == 401


def test_a_throttled_account_stays_closed_for_the_right_password_too(server: services.ChatServer, email: str) -> None:
    agent = cookie_of(api.Person(server.url).get(server.flask("agents", "link", email).removeprefix(server.url)))
    agent.post("/inbox/password", data={"password": PASSWORD})
    for _ in range(5):
        sign_in(server, email, "wrong")
    assert sign_in(server, email, PASSWORD).status_code == 429
    database_inspection.forget_tries(server)
    assert sign_in(server, email, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_post_from_another_site_with_the_cookie_is_refused(
    headers: dict[str, str], server: services.ChatServer, agent: api.Person, visitor: api.Person
) -> None:
    message = visitor.send("hello").json()
    path = f"/w/conversations/{message['conversation']}"
    fields = {"body": "not by an agent", "client_id": str(uuid.uuid4())}
    tries = [
        agent.post(f"{path}/messages", data=fields, headers=headers),
        agent.post(f"{path}/read", data={"upto": "1"}, headers=headers),
        agent.post("/inbox/password", data={"password": "chosen by another"}, headers=headers),
        agent.post("/inbox/sign-out", headers=headers),
    ]
    assert [answer.status_code for answer in tries] == [403] * 4
    assert [it["status"] for it in visitor.history()] == ["sent"]
    assert agent.conversations()  # is still signed in


def test_the_inboxs_own_page_may_post(server: services.ChatServer, agent: api.Person, visitor: api.Person) -> None:
    conversation = visitor.send("hello").json()["conversation"]
    for headers in ({"Origin": server.url}, {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}):
        fields = {"body": "an answer", "client_id": str(uuid.uuid4())}
        assert agent.post(f"/w/conversations/{conversation}/messages", data=fields, headers=headers).status_code == 201


def test_signing_out_makes_the_cookie_worthless(server: services.ChatServer, email: str) -> None:
    agent = cookie_of(api.Person(server.url).get(server.flask("agents", "link", email).removeprefix(server.url)))
    assert agent.post("/inbox/sign-out").status_code == 303
    assert 'data-testid="inbox-list"' not in agent.get("/inbox").text
    assert agent.get("/w/conversations").status_code == 401


def test_two_agents_see_the_same_conversations_and_each_others_answers(
    server: services.ChatServer, agent: api.Person, visitor: api.Person
) -> None:
    colleague = api.agent(server)
    conversation = visitor.send("anybody there?").json()["conversation"]
    with services.closing(colleague.listen()) as stream:
        agent.send("yes", conversation)
        answer = stream.next("message").data
    assert (answer["body"], answer["mine"]) == ("yes", False)
    assert agent.conversations()[0]["id"] == colleague.conversations()[0]["id"] == conversation


def test_an_inbox_gets_whole_what_its_agent_has_opened_and_of_other_conversations_who_said_what(
    server: services.ChatServer, agent: api.Person, visitor: api.Person
) -> None:
    where = visitor.send("anybody there?").json()["conversation"]
    path = f"/w/conversations/{where}"
    with services.closing(visitor.listen()) as popup, services.closing(agent.listen(as_json=False)) as inbox:
        sent = visitor.send("it is **urgent**", where).json()
        [brief] = of_conversation(inbox, "message", where)
        assert "data-brief" in brief
        assert f'data-seq="{sent["seq"]}"' in brief
        assert f'<b class="sender">{sent["sender"]["name"]}</b> <span class="body">it is urgent</span>' in brief
        assert 'data-unread="2"' in brief  # and all else that is new in its row
        receipt = popup.next("receipt").data  # whoever has that has it delivered, as with a page of the list
        assert (receipt["member"], receipt["delivered_upto"]) == ("team", sent["seq"])
        team_setup.agent(server, "Yan").send("a moment", where)
        visitor.send("thank you", where)
        entries = of_conversation(inbox, "conversation", where, 2)  # whole when somebody has it, or waits again
        assert ["a moment" in entries[0], "thank you" in entries[1], len(entries)] == [True, True, 2]
        program = team_setup.agent(server, "Zora").listen()
        visitor.post(f"{path}/typing")
        assert "urgent" in agent.get(path, headers={"Accept": "text/html"}).text  # opens it
        visitor.post(f"{path}/typing")
        visitor.send("still here", where)
        assert "data-brief" not in of_conversation(inbox, "message", where, 4)[3]
        assert len(of_conversation(inbox, "typing", where)) == 1
        visitor.request("PATCH", f"/w/messages/{sent['id']}", json={"body": "it is not urgent"})
        assert "it is not urgent" in of_conversation(inbox, "message-update", where)[0]
        assert agent.post(f"{path}/viewing").status_code == 204
        for number in range(following.MOST):
            agent.get(f"/w/conversations/{number:016x}")
        visitor.request("PATCH", f"/w/messages/{sent['id']}", json={"body": "I can wait"})
        assert "data-brief" in of_conversation(inbox, "message-update", where, 2)[1]
        statuses = [agent.post(f"{path}/viewing").status_code for _ in range(2)]
        assert statuses == [205, 204]  # it was forgotten: to be loaded again
        with services.closing(program):  # has all of it whole
            services.wait_for(lambda: len(program.of("message-update")) == 2, "both changes")
            assert [it.data["body"] for it in program.of("message")] == ["still here"]
            assert len(program.of("typing")) == 2


def of_conversation(stream: api.Stream, kind: str, conversation: str, least: int = 1) -> list[str]:
    """What the stream has brought of this kind of a conversation, once it is so many."""

    def found() -> list[str]:
        return [it.data for it in stream.of(kind) if f'data-conversation="{conversation}"' in it.data]

    services.wait_for(lambda: len(found()) >= least, kind)
    return found()
