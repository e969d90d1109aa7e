"""Whatever is wrong with a request: a fitting status, one sentence that says why, and nothing changes."""

from __future__ import annotations

import re
import uuid
from html.parser import HTMLParser

import pytest
import requests

from tests import api, services
from tests.web import database_inspection, group_setup
from tests.web.bad_requests import TABLE
from tests.web.bad_values import Bad

SENTENCE = re.compile(r"[^\n.!?]*(\.\w[^\n.!?]*)*\.")


@pytest.fixture(scope="module")
def people(server: services.ChatServer) -> dict[str, api.Person]:
    """Everybody whom the table names, each with what they bring along."""
    visitor, expired = api.visitor(server.url), api.visitor(server.url)
    agent = api.agent(server)
    database_inspection.run(
        server, "UPDATE tokens SET expires_at = '2020-01-01 00:00:00' WHERE user_id = :id", id=expired.id
    )
    cookie, token = agent.headers["Cookie"].partition("=")[2], visitor.headers["Authorization"].partition(" ")[2]
    return {
        "visitor": visitor,
        "agent": agent,
        "outsider": api.visitor(server.url),
        "nobody": api.Person(server.url),
        "expired": expired,
        "cookie as token": api.Person(server.url, {"Authorization": f"Bearer {cookie}"}),
        "token as cookie": api.Person(server.url, {"Cookie": f"chat_inbox={token}"}),
    }


@pytest.fixture(scope="module")
def places(server: services.ChatServer, people: dict[str, api.Person]) -> dict[str, str]:
    """What the `{words}` in the table stand for."""
    visitor, agent, stranger = people["visitor"], people["agent"], api.visitor(server.url)
    message, foreign = visitor.send("mine").json(), stranger.send("not yours").json()
    answered = agent.send("an answer", foreign["conversation"]).json()
    member = api.visitor(server.url)
    group = group_setup.group(visitor, member)
    tab = {"conversation": message["conversation"], "media": "voice", "tab": str(uuid.uuid4())}
    call = visitor.post("/w/calls", json=tab).json()
    assert visitor.post(f"/w/calls/{call['id']}/hangup", json=tab).ok
    return {
        "call": call["id"],
        "mine": message["conversation"],
        "message": message["id"],
        "theirs": foreign["conversation"],
        "foreign": foreign["id"],
        "agent_client_id": answered["client_id"],
        "group": group,
        "member": member.id,
        "stranger": stranger.id,
        "token": group_setup.invitation(visitor, group),
    }


@pytest.fixture(scope="module")
def before(server: services.ChatServer, places: dict[str, str]) -> database_inspection.Contents:
    """The database as it is before the first of these requests, and has to be after each."""
    assert places
    return database_inspection.at_rest(server)


class _Reasons(HTMLParser):
    """Collects the text of whatever announces a refusal."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside = dict(attributes).get("class") == "refusal"

    def handle_data(self, text: str) -> None:
        if self._inside:
            self.found.append(text)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _ask(bad: Bad, form: str, person: api.Person, places: dict[str, str]) -> requests.Response:
    def filled(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: places[found[1]], text)

    headers = bad.headers | ({"Content-Type": bad.type} if bad.type else {}) | {"Accept": form}
    body = filled(bad.body).encode() if isinstance(bad.body, str) else bad.body
    return person.request(bad.method, filled(bad.path), data=body, headers=headers)


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: f"{bad.method} {bad.path[:40]}: {bad.what[:60]}")
def test_a_wrong_request_is_refused_with_a_reason_and_changes_nothing(
    bad: Bad,
    server: services.ChatServer,
    people: dict[str, api.Person],
    places: dict[str, str],
    before: database_inspection.Contents,
) -> None:
    database_inspection.forget_tries(server)
    written = database_inspection.written(server)
    person = people[bad.by]
    as_json = _ask(bad, "application/json", person, places)
    assert (as_json.status_code, as_json.headers["Content-Type"]) == (bad.status, "application/json"), as_json.text
    message = as_json.json()
    assert set(message) == {"error", "reason"}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", message["error"])
    assert bad.reason in message["reason"]
    assert SENTENCE.fullmatch(message["reason"]), message["reason"]
    assert len(message["reason"]) <= 120

    as_html = _ask(bad, "text/html", person, places)
    assert as_html.status_code == bad.status
    assert as_html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert _Reasons(as_html.text).found == [message["reason"]]

    if database_inspection.written(server) != written:  # by something in the background, at most
        assert database_inspection.contents(server) == before


def test_the_table_has_every_status_that_a_bad_request_can_get() -> None:
    assert {bad.status for bad in TABLE} == {400, 401, 403, 404, 405, 410, 413, 415, 422}  # 429 has tests of its own
    assert len(TABLE) >= 60
