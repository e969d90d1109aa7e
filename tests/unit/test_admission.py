"""Under more load than a process can bear: who would wait for too long is refused, what is fleeting first."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from flask import current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from widget import extensions
from widget.web import admission


@pytest.fixture
def load(app_context: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Lets so many seconds of work lie before the process: as many messages as it always takes, and none is done."""
    in_flight, clock = extensions.current().in_flight, [0.0]
    monkeypatch.setattr(admission, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(admission, "WEIGHT", 1)
    with ExitStack() as others:

        def load(seconds: float) -> None:
            with in_flight.one_more():
                clock[0] += seconds / (admission.ALWAYS + 1)
            for _ in range(admission.ALWAYS):
                others.enter_context(in_flight.one_more())
            assert in_flight.expected_wait() == pytest.approx(seconds)

        yield load
    assert in_flight.expected_wait() == 0


@pytest.fixture
def visitor(app_context: None) -> FlaskClient:
    client = current_app.test_client()
    token = client.post("/w/session", headers={"Accept": "application/json"}).get_json()["token"]
    client.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "application/json"}
    return client


def post(visitor: FlaskClient, what: str, client_id: str = "", **headers: str) -> TestResponse:
    place = visitor.get("/w/conversations").get_json()["conversations"][0]["id"]
    fields = {"body": "hello", "client_id": client_id} if client_id else {}
    return visitor.post(f"/w/conversations/{place}/{what}", json=fields, headers=headers)


def last(visitor: FlaskClient) -> object:
    return visitor.get("/w/conversations").get_json()["conversations"][0]["last"]


def test_who_would_wait_too_long_is_told_when_to_try_again_and_nothing_is_half_done(
    visitor: FlaskClient, load: Callable[[float], None]
) -> None:
    client_id = str(uuid.uuid4())
    load(admission.LONGEST_WAITS["messages"] * 1.01)
    for accept, kind in ("application/json", "application/json"), ("text/html", "text/html; charset=utf-8"):
        for _ in range(2):  # the second is told what was kept of the first
            answer = post(visitor, "messages", client_id, Accept=accept)
            assert (answer.status_code, answer.headers["Retry-After"], answer.content_type) == (503, "1", kind)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "too much to do" in answer.text
    assert (answer.status_code, last(visitor)) == (503, None)
    assert visitor.get("/metrics").text.count("chat_refused_total{") == 1


def test_once_there_is_room_the_same_try_again_is_the_first_message(
    visitor: FlaskClient, load: Callable[[float], None]
) -> None:
    load(admission.LONGEST_WAITS["messages"] * 0.99)
    answer = post(visitor, "messages", str(uuid.uuid4()))
    assert (answer.status_code, answer.get_json()["seq"]) == (201, 1)


def test_what_is_fleeting_goes_first(visitor: FlaskClient, load: Callable[[float], None]) -> None:
    load(admission.LONGEST_WAITS["typing"] * 1.01)
    assert extensions.current().in_flight.busy  # presence waits: see the delivery buffer
    assert post(visitor, "typing").status_code == 503
    assert post(visitor, "messages", str(uuid.uuid4())).status_code == 201


def test_a_body_that_has_not_come_yet_is_no_load(load: Callable[[float], None]) -> None:
    in_flight = extensions.current().in_flight
    load(1)
    with in_flight.one_more() as taking:
        more = in_flight.expected_wait()
        body = admission.AwaitedBody(
            SimpleNamespace(read=lambda: b"%.2f" % in_flight.expected_wait(), readline=None), taking
        )
        assert body.read() == b"1.00" < b"%.2f" % more
    assert in_flight.expected_wait() < 1  # nor is the time it took: the one that was taken took none
