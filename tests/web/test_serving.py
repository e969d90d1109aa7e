"""The process behind the streams: what it costs, what it notices, how it ends, and what it says of itself."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection

pytestmark = pytest.mark.any_database


def open_tabs(server: services.ChatServer) -> int:
    tabs: int = requests.get(f"{server.url}/healthz", timeout=10).json()["tabs"]
    return tabs


def test_a_client_that_has_gone_is_noticed_within_a_second(server: services.ChatServer, visitor: api.Person) -> None:
    before = open_tabs(server)
    tabs = [visitor.listen() for _ in range(5)]
    assert open_tabs(server) == before + 5
    for number, tab in enumerate(tabs, 1):
        tab.close()
        services.wait_for(lambda left=5 - number: open_tabs(server) == before + left, "a tab less", within=1)  # type: ignore[misc]


def test_the_number_of_redis_connections_does_not_grow_with_the_tabs(server: services.ChatServer) -> None:
    people = at_once([lambda: api.visitor(server.url)] * 30)
    database = server.environ["REDIS_URL"].rpartition("/")[2]
    with database_inspection.redis_of(server) as redis:

        def connections() -> int:
            return len([client for client in redis.client_list() if client["db"] == database])

        for person in people[:5]:
            person.listen().close()
        before = connections()
        tabs = at_once([person.listen for person in people * 2])
        assert len(tabs) == 60
        at_once([lambda person=person: person.send("hello") for person in people])
        for tab in tabs:
            tab.next("message")
        assert connections() <= max(before, 3 + 1 + 3)  # the server's three, ours here, and the threaded server's
        for tab in tabs:
            tab.close()


def test_a_head_request_opens_no_tab(server: services.ChatServer, visitor: api.Person) -> None:
    before = open_tabs(server)
    answer = visitor.request("HEAD", "/w/stream")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    assert open_tabs(server) == before


def test_a_stream_that_flask_did_not_see_is_answered_as_if_it_had(
    server: services.ChatServer, visitor: api.Person
) -> None:
    def headers(query: str) -> dict[str, str]:
        with visitor.get(f"/w/stream{query}", stream=True) as answer:
            assert answer.status_code == 200
            return {name: value for name, value in answer.headers.items() if name != "Date"}

    assert headers("") == headers("?as=html") == headers("?as=json") == headers("?as=json&by=flask")
    for query, status in (("?as=html", 401), ("?as=xml", 401)):
        assert api.Person(server.url, {"Authorization": "Bearer nobody"}).get(f"/w/stream{query}").status_code == status
    assert visitor.get("/w/stream?as=xml").status_code == 422


def test_a_comment_comes_every_15_seconds(server: services.ChatServer, visitor: api.Person) -> None:
    with services.closing(visitor.listen()) as stream:
        services.wait_for(lambda: stream.comments, "a comment", within=16.5)


def test_on_sigterm_every_stream_gets_bye_and_the_process_is_gone_within_two_seconds(
    own_server: services.ChatServer,
) -> None:
    people = [api.visitor(own_server.url) for _ in range(3)]
    tabs = [person.listen(as_json) for person in people for as_json in (True, False)]
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=10) as idle:  # kept for the next request
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        own_server.process.terminate()
        for tab in tabs:
            assert tab.next("bye", within=1).data == "restart"
            assert tab.ended.wait(1)
        own_server.process.wait(10)
        assert time.monotonic() - began < 2
    assert own_server.process.returncode == 0


def test_a_worker_that_ends_closes_an_idle_connection_without_a_word(own_server: services.ChatServer) -> None:
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=10) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        found = idle.recv(65536)
        os.kill(own_server.workers()[0], signal.SIGTERM)
        found += b"".join(iter(lambda: idle.recv(65536), b""))
    assert found.count(b"HTTP/1.1 ") == found.count(b"HTTP/1.1 200 ") == 1


def test_a_tab_that_was_told_bye_continues_at_the_next_process(own_server: services.ChatServer) -> None:
    person, agent = api.visitor(own_server.url), api.agent(own_server)
    conversation = person.conversation
    stream = person.listen()
    agent.send("before", conversation)
    stream.next("conversation")
    own_server.stop()
    assert stream.ended.wait(5)
    own_server.start()
    agent.send("in between", conversation)
    with services.closing(person.listen(last_id=stream.last_id)) as again:
        assert again.next("message").data["body"] == "in between"
        assert not again.of("resync")


def test_health_and_readiness_tell_the_truth_about_redis(
    own_server: services.ChatServer, own_redis: services.RedisServer
) -> None:
    def ask(path: str) -> requests.Response:
        return requests.get(f"{own_server.url}{path}", timeout=20)

    services.wait_for(lambda: ask("/readyz").json()["lease"]["here"], "the lease")
    well = ask("/readyz")
    assert (well.status_code, well.json()["database"], well.json()["redis"]) == (200, "ok", "ok")
    assert well.json()["lease"]["holder"].split(":")[1] == str(own_server.workers()[0])
    assert (well.json()["link"], well.json()["tabs"]) == ({"name": "local", "state": "online"}, 0)

    person = api.visitor(own_server.url)
    stream = person.listen()
    own_redis.stop()
    assert stream.ended.wait(10)  # so that the tab comes back and asks for what it missed
    ill = ask("/readyz")
    assert (ill.status_code, ill.json()["database"]) == (503, "ok")
    assert ill.json()["redis"].startswith("does not answer: ")
    assert ill.json()["lease"]["holder"] is None
    assert (ask("/healthz").status_code, ask("/healthz").json()["status"]) == (200, "ok")
    refused = person.get("/w/stream")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert set(refused.json()) == {"error", "reason"}
    assert person.send("Redis is away").status_code == 201  # the database is the truth

    own_redis.start()
    services.wait_for(lambda: ask("/readyz").ok, "the server to be ready again")
    with services.closing(person.listen(last_id=stream.last_id)) as again:
        again.next("resync")
        assert [message["body"] for message in person.history()] == ["Redis is away"]
        assert again.next("message").data["body"] == "Redis is away"  # the sweeper has found it


def test_a_database_that_was_not_migrated_is_not_ready_and_the_reason_says_what_to_do(
    own_server: services.ChatServer,
) -> None:
    [[revision]] = database_inspection.run(own_server, "SELECT version_num FROM alembic_version")
    database_inspection.run(own_server, "DELETE FROM alembic_version")
    answer = requests.get(f"{own_server.url}/readyz", timeout=10)
    assert answer.status_code == 503
    assert answer.json()["database"] == "is at nothing: run flask --app app db upgrade"
    assert requests.get(f"{own_server.url}/healthz", timeout=10).status_code == 200
    for known in ("9999", revision):  # a later release has migrated it, and is being rolled out
        database_inspection.run(own_server, "DELETE FROM alembic_version")
        database_inspection.run(own_server, "INSERT INTO alembic_version VALUES (:revision)", revision=known)
        assert requests.get(f"{own_server.url}/readyz", timeout=10).status_code == 200
