"""Whatever fails below a request, in whatever way: the answer is 503 with the time to try again, and never 500."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError, ResponseError
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import TestResponse

from tests import services
from tests.unit import failures
from widget import create_app, db, extensions, migrations, settings

UUID = "0b7c1a3e-9f0d-4c55-8a53-2f1f0a1b2c3d"
TUS = {"Upload-Length": "3", "Upload-Offset": "0"}


@pytest.fixture
def app(redis_server: services.RedisServer, tmp_path: Path) -> Iterator[Flask]:
    """An app in this process, whose parts can be made to fail."""
    environ = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db",
        "REDIS_URL": redis_server.database(),
        "STORAGE_URL": f"file:{tmp_path}/files",
        "MESIBO_WEBHOOK_SECRET": "s" * 32,
        "VISITOR_MESSAGES": "100000/60",
    }
    made = create_app(settings.from_environ(environ))
    migrations.upgrade(extensions.of(made).engine)
    yield made
    extensions.of(made).engine.dispose()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody with a session."""
    client = app.test_client()
    token = client.post("/w/session", headers={"Accept": "application/json"}).get_json()["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def requests_to(app: Flask) -> list[tuple[str, str]]:
    """Each kind of request that the product takes: its method and a path."""
    found = []
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<version>", "0").replace("<path:path>", "loader.js")
        path = re.sub(r"<int:[^>]+>", "9999999999", re.sub(r"<any\((\w+)[^>]+>", r"\1", path))
        path = re.sub(r"<(id|member):[^>]+>", "0" * 16, path)
        path = re.sub(r"<[^>]+>", "x", path)
        found += [(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return [it for it in found if it != ("DELETE", "/w/session")]  # it would be the last one


def ask(client: FlaskClient, method: str, path: str) -> TestResponse:
    fields = {"body": "hello", "client_id": UUID, "upto": 1, "title": "x", "email": "a@example.com", "password": "x"}
    return client.open(path, method=method, json=fields, headers=TUS | {"Accept": "application/json"})


def is_honest(answer: TestResponse) -> bool:
    return answer.status_code < 500 or (answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0)


def test_a_database_that_fails_in_any_way_is_503(app: Flask, visitor: FlaskClient) -> None:
    failing: list[Exception] = []

    def fail(*_: Any) -> None:
        if failing:
            raise failing[-1]

    event.listen(extensions.of(app).engine, "before_cursor_execute", fail)
    for failure in failures.of_database():
        failing.append(failure)
        answer = ask(visitor, "GET", "/w/conversations")
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), repr(failure)
    failing.clear()
    assert ask(visitor, "GET", "/w/conversations").status_code == 200


@pytest.mark.parametrize("failure", [OperationalError("SELECT 1", {}, Exception("x")), PoolTimeout("x")], ids=repr)
def test_no_address_answers_500_while_the_database_is_away(
    failure: Exception, app: Flask, visitor: FlaskClient
) -> None:
    def fail(*_: Any) -> None:
        raise failure

    event.listen(extensions.of(app).engine, "before_cursor_execute", fail)
    answers = {request: ask(visitor, *request) for request in requests_to(app)}
    assert [request for request, answer in answers.items() if not is_honest(answer)] == []
    assert answers["GET", "/healthz"].status_code == 200


def test_no_address_answers_500_however_redis_fails_and_what_is_sent_is_kept(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[Exception] = []

    def fail(*_: Any, **__: Any) -> None:
        raise failing[-1]

    [conversation] = ask(visitor, "GET", "/w/conversations").get_json()["conversations"]
    monkeypatch.setattr(extensions.of(app).redis.connection_pool, "get_connection", fail)
    monkeypatch.setattr(extensions.of(app).hub, "_connect", fail)
    everything = requests_to(app)
    some = [("GET", "/w/stream"), ("POST", "/w/session"), ("POST", "/inbox/sign-in"), ("GET", "/readyz")]
    for failure in failures.of_redis():
        failing.append(failure)
        for request in everything if type(failure) in (ConnectionError, ResponseError) else some:
            answer = ask(visitor, *request)
            assert is_honest(answer), (repr(failure), request, answer.text)
        answer = ask(visitor, "POST", f"/w/conversations/{conversation['id']}/messages")
        assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("failure", failures.of_storage(), ids=repr)
def test_a_storage_that_fails_in_any_way_is_503(
    failure: Exception, app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    begun = visitor.post("/w/uploads", headers={"Upload-Length": "3", "Upload-Metadata": "filename bm90ZS50eHQ="})
    for name in ("put", "read", "delete_folder"):
        monkeypatch.setattr(extensions.of(app).storage, name, fail)
    tus = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "Accept": "application/json"}
    answer = visitor.patch(begun.headers["Location"], data=b"abc", headers=tus)
    assert (answer.status_code, answer.get_json()["error"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_when_all_connections_of_the_pool_are_taken_the_answer_is_503(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = extensions.of(app).engine
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    taken = [engine.connect() for _ in range(10)]
    try:
        answer = ask(visitor, "GET", "/w/conversations")
    finally:
        for connection in taken:
            connection.close()
    assert (answer.status_code, answer.get_json()["error"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert ask(visitor, "GET", "/w/conversations").status_code == 200


@pytest.mark.parametrize("url", ["postgresql+psycopg://chat@127.0.0.1/x", "sqlite:////tmp/never-opened.db"])
def test_no_request_waits_longer_for_a_connection_than_a_person_would(url: str) -> None:
    engine = db.connect(url)
    assert engine.pool._timeout == db.POOL_PATIENCE  # type: ignore[attr-defined]
    if url.startswith("postgresql"):
        assert engine.dialect.create_connect_args(engine.url)
