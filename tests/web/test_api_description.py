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
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests import api, bots, services
from tests.web import bad_requests, group_setup, team_setup
from tests.web.test_content import OPTIONS
from widget import create_app, settings
from widget.models import BODY_LIMIT
from widget.web import openapi
from widget.web.limits import limiter
from widget.web.openapi import errors, examples, operations

pytestmark = pytest.mark.any_database

SECONDS = 60
"""How long the description is tried with whatever can be made up."""


def test_every_address_of_the_public_surface_is_described_and_no_other(tmp_path: Path) -> None:
    app = create_app(settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}))
    views = {rule.endpoint for _method, rule in openapi.rules(app)}
    assert set(operations.ANSWERS) == views
    for table in (operations.BODIES, operations.QUERIES, operations.HEADERS, operations.STATUS):
        assert set(table) <= views
    for table in (errors.OWN, errors.LIMITS, examples.BODIES):
        assert set(table) <= views
    found = openapi.document(app, "https://chat.example.com")
    _check_examples(found)
    _check_limits(app, views)
    described = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert len(described) == len(openapi.rules(app))
    shapes = set(re.findall(r"#/components/schemas/(\w+)", str(found)))
    assert shapes == set(found["components"]["schemas"])


def _check_examples(found: dict[str, Any]) -> None:
    """Every body of JSON is shown, and fits the shape that it is an example of."""
    for operation in (it for methods in found["paths"].values() for it in methods.values()):
        for kind, told in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                assert told["examples"], operation["operationId"]
                shape = jsonschema_rs.validator_for(told["schema"])
                for example in told["examples"].values():
                    shape.validate(example["value"])


def _check_limits(app: Flask, views: set[str]) -> None:
    """Whatever a decorator limits says so."""
    named = {it: app.view_functions[it] for it in views}
    names = {f"{view.__module__}.{view.__qualname__}.{view.__name__}": it for it, view in named.items()}
    limited = {names[it] for it in limiter.limit_manager._decorated_limits if it in names}
    assert limited
    assert limited <= set(errors.LIMITS)


def test_what_is_refused_is_refused_with_a_status_that_is_described(tmp_path: Path) -> None:
    app = create_app(settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}))
    paths = openapi.document(app, "https://chat.example.com")["paths"]
    tried = set()
    for bad in (it for it in bad_requests.TABLE if it.status != 405):
        adapter = app.url_map.bind("chat.example.com")
        path = re.sub(r"\{token\}", "t" * 22, bad.path.partition("?")[0])
        try:
            rule, _values = adapter.match(re.sub(r"\{\w+\}", group_setup.MISSING, path), bad.method, return_rule=True)
        except HTTPException:
            continue
        operation = paths.get(re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule), {}).get(bad.method.lower())
        if operation is not None:
            assert str(bad.status) in operation["responses"], (operation["operationId"], bad)
            tried.add((operation["operationId"], bad.status))
    assert len(tried) > 100


def test_each_status_that_the_page_about_bots_names_is_answered(server: services.ChatServer, ada: api.Person) -> None:
    bot, reader = bots.add(server), bots.add(server, "--scope", "read")
    where = f"/w/conversations/{ada.send('hello').json()['conversation']}"
    long, client_id = "x" * (BODY_LIMIT + 1), str(uuid.uuid4())
    answers = {
        401: api.Person(server.url, {"Authorization": "Bearer bot_gone"}).get("/w/conversations"),
        403: reader.post(f"{where}/typing"),
        404: bot.get(f"/w/conversations/{group_setup.MISSING}"),
        409: bot.post(f"{where}/handover"),
        413: bot.post(f"{where}/messages", json={"body": long, "client_id": client_id}),
        422: bot.post(f"{where}/messages", json={"content": {"type": "form"}, "client_id": client_id}),
        429: next(it for it in (bot.post(f"{where}/typing") for _ in range(200)) if it.status_code != 204),
    }
    assert {wanted: it.status_code for wanted, it in answers.items()} == {it: it for it in answers}
    assert all(it.json().keys() == {"error", "reason"} for it in answers.values())
    assert "content." in answers[422].json()["reason"]
    assert answers[429].headers["Retry-After"]
    page = (services.ROOT / "docs" / "bots.md").read_text()
    named = {
        int(it) for row in re.findall(r"^\| (`[45].*?) \|", page, re.MULTILINE) for it in re.findall(r"\d{3}", row)
    }
    assert named == {*answers, 503}  # of what does not answer, tests/faults have tests of their own


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
