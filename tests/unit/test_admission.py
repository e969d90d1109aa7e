"""Under more load than a process can bear: who would wait for too long is refused, what is fleeting first."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from flask import current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from widget import extensions
from widget.chat.errors import Unavailable
from widget.web import admission
from widget.web.body_deadline import TooSlow


@pytest.fixture
def load(app_context: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Lets all places be taken, and somebody wait for one since so many seconds."""
    in_flight, clock = extensions.current().in_flight, [0.0]
    monkeypatch.setattr(admission, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    others: list[Any] = []
    done = gevent.event.Event()

    def take() -> None:
        with suppress(Unavailable), in_flight.place():
            done.wait()

    def load(seconds: float) -> None:
        others.extend(gevent.spawn(take) for _ in range(admission.AT_ONCE + 1))
        gevent.idle()
        clock[0] += seconds
        assert in_flight.queue_age() == pytest.approx(seconds)

    load.end = done.set  # type: ignore[attr-defined]
    yield load
    done.set()
    gevent.joinall(others)
    assert in_flight.queue_age() == 0


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
    load(admission.LONGEST_QUEUES["messages"] * 1.01)
    for accept, kind in ("application/json", "application/json"), ("text/html", "text/html; charset=utf-8"):
        for _ in range(2):  # the second is told what was kept of the first
            answer = post(visitor, "messages", client_id, Accept=accept)
            assert (answer.status_code, answer.headers["Retry-After"], answer.content_type) == (503, "1", kind)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "too much to do" in answer.text
    assert (answer.status_code, last(visitor)) == (503, None)
    assert visitor.get("/metrics").text.count("chat_refused_total{") == 1


def test_once_there_is_room_the_same_try_again_is_the_first_message(
    visitor: FlaskClient, load: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = str(uuid.uuid4())
    monkeypatch.setattr(admission, "PATIENCE", 0.05)
    load(0)
    assert post(visitor, "messages", client_id).status_code == 503  # it waited, and nothing became free
    monkeypatch.setattr(admission, "PATIENCE", 60)
    load.end()  # type: ignore[attr-defined]
    answer = post(visitor, "messages", client_id)
    assert (answer.status_code, answer.get_json()["seq"]) == (201, 1)


def test_who_waits_gets_a_place_in_the_order_of_arrival(app_context: None) -> None:
    in_flight, came = extensions.current().in_flight, []

    def take(number: int) -> None:
        with in_flight.place():
            came.append(number)
            gevent.sleep(0)

    gevent.joinall([gevent.spawn(take, number) for number in range(5 * admission.AT_ONCE)], raise_error=True)
    assert came == list(range(5 * admission.AT_ONCE))


def test_what_is_fleeting_goes_first(visitor: FlaskClient, load: Callable[[float], None]) -> None:
    load(admission.LONGEST_QUEUES["typing"] * 1.01)
    assert extensions.current().in_flight.busy  # presence waits: see the delivery buffer
    assert post(visitor, "typing").status_code == 503
    load.end()  # type: ignore[attr-defined]
    assert post(visitor, "messages", str(uuid.uuid4())).status_code == 201


def test_a_body_that_has_not_come_yet_takes_no_place(visitor: FlaskClient) -> None:
    in_flight, free = extensions.current().in_flight, []

    class Trickling(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            free.append(in_flight.free)
            raise TooSlow

    place = visitor.get("/w/conversations").get_json()["conversations"][0]["id"]
    path, kind = f"/w/conversations/{place}/messages", "application/json"
    answer = visitor.post(path, input_stream=Trickling(b"{}"), content_length=2, content_type=kind)
    assert (answer.status_code, free) == (408, [admission.AT_ONCE])
    assert in_flight.free == admission.AT_ONCE
