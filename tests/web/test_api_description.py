"""/openapi.json says what the server does: every address is in it, and every answer has the shape that it names."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests

from tests import api, bots, services
from tests.web import group_setup, team_setup
from tests.web.test_content import OPTIONS
from widget import create_app, settings
from widget.web import openapi
from widget.web.openapi import operations

pytestmark = pytest.mark.any_database

SECONDS = 60
"""How long the description is tried with whatever can be made up."""


def test_every_address_of_the_public_surface_is_described_and_no_other(tmp_path: Path) -> None:
    app = create_app(settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}))
    views = {rule.endpoint for _method, rule in openapi.rules(app)}
    assert set(operations.ANSWERS) == views
    for table in (operations.BODIES, operations.QUERIES, operations.HEADERS, operations.STATUS):
        assert set(table) <= views
    found = openapi.document(app, "https://chat.example.com")
    described = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert len(described) == len(openapi.rules(app))
    shapes = set(re.findall(r"#/components/schemas/(\w+)", str(found)))
    assert shapes == set(found["components"]["schemas"])


class Described:
    """Somebody's requests, each answer of which is held against the description."""

    def __init__(self, person: api.Person):
        self._person = person
        self.document: dict[str, Any] = person.get("/openapi.json").json()
        self.seen: set[str] = set()

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        answer = self._person.request(method, path, json=body or None)
        self._check(method, path, answer)
        return answer.json() if answer.content else None

    def _check(self, method: str, path: str, answer: requests.Response) -> None:
        where = next(
            it for it in self._paths() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", it), path.partition("?")[0])
        )
        operation = self.document["paths"][where][method.lower()]
        assert str(answer.status_code) in operation["responses"], (method, path, answer.text)
        told = operation["responses"][str(answer.status_code)].get("content", {})
        if not told:
            assert not answer.content, answer.text
        elif "application/json" in told:
            _validator(self, told["application/json"]["schema"]["$ref"]).validate(answer.json())
        self.seen.add(f"{operation['operationId']} {answer.status_code}")

    def _paths(self) -> list[str]:
        return sorted(self.document["paths"], key=lambda it: it.count("{"))


@cache
def _validator(described: Described, reference: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({"$ref": reference, "components": described.document["components"]})


def test_what_is_answered_has_the_shape_that_is_described(
    server: services.ChatServer, ada: api.Person, bob: api.Person, ana: api.Person
) -> None:
    visitor, agent = Described(ada), Described(ana)
    bot = Described(bots.add(server))
    client_id = str(uuid.uuid4())
    where = ada.conversation
    path = f"/w/conversations/{where}"
    sent = visitor("POST", f"{path}/messages", body="*hello* https://example.com", client_id=client_id)
    visitor("POST", f"{path}/messages", body="hello", client_id=client_id)
    visitor("POST", f"{path}/messages", body="hello")
    asked = bot("POST", f"{path}/messages", content=OPTIONS, client_id=str(uuid.uuid4()))
    visitor("POST", f"/w/messages/{asked['id']}/answer", value="t", client_id=str(uuid.uuid4()))
    visitor("POST", "/w/forms/feedback/answer", values={"stars": 5}, client_id=str(uuid.uuid4()))
    file = {"file": ("plan.txt", b"x", "text/plain")}
    ana.post(f"{path}/messages", data={"client_id": str(uuid.uuid4()), "reply_to": sent["id"]}, files=file)
    team_setup.note(ana, where, "hm")
    agent("PUT", f"/w/messages/{sent['id']}/reaction", emoji="👍")
    group = visitor("POST", "/w/groups", title="Tea")["id"]
    invitation = visitor("POST", f"/w/groups/{group}/invites")["token"]
    Described(bob)("GET", f"/w/invites/{invitation}")
    Described(bob)("POST", f"/w/invites/{invitation}")
    visitor("POST", "/w/calls", conversation=where, media="voice", tab=str(uuid.uuid4()))
    for person in (visitor, agent, bot):
        for place in (
            "/w/conversations",
            path,
            f"{path}/head",
            f"{path}/about",
            f"/w/conversations/{group}",
            f"/w/messages/{sent['id']}",
            f"/w/messages/{sent['id']}/menu",
            f"/w/messages/{sent['id']}/receipts",
            f"/w/messages/{sent['id']}/forward",
            f"/w/messages/{group_setup.MISSING}",
            "/w/search?q=hello",
            "/w/agents",
            "/w/canned",
            "/w/labels",
            "/w/forms",
            "/w/forms/feedback",
        ):
            person("GET", place)
    agent("PATCH", path, status="resolved", labels=[])
    agent("PATCH", "/w/agents/me", available=True)
    agent("POST", f"{path}/typing")
    bot("POST", f"{path}/handover", note="?")
    visitor("DELETE", "/w/session")
    visitor("GET", path)
    assert {"conversations.send 200", "conversations.send 422", "team.agents 403"} <= visitor.seen
    assert {"conversations.hand_over 409", "messages.show 404"} <= bot.seen
    page = ana.get("/docs/api")
    assert "/w/messages/{message_id}/answer" in page.text


@pytest.mark.parametrize("who", ["visitor", "bot"])
def test_whatever_can_be_made_up_breaks_nothing_and_is_answered_as_described(
    server: services.ChatServer, who: str, tmp_path: Path
) -> None:
    scopes = ("--scope", "read", "--scope", "write", "--scope", "notes", "--scope", "manage")
    person = api.visitor(server.url) if who == "visitor" else bots.add(server, *scopes)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
    command += ["--header", f"Authorization: {person.headers['Authorization']}", "--header", "Accept: application/json"]
    command += ["--checks", "not_a_server_error,status_code_conformance,response_schema_conformance"]
    command += ["--phases", "fuzzing", "--max-examples", "5", "--seed", "7", "--exclude-operation-id", "stream.stream"]
    command += ["--exclude-operation-id", "session.end", "--exclude-operation-id", "people.erase"]
    command += ["--exclude-operation-id", "uploads.append"]  # a piece of a file, which it cannot make up
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS * 3)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
