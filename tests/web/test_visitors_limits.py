"""What a visitor may send, how fast, and how slowly: enough for a person, and not enough to bring the server down."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import api, services
from tests.web import database_inspection
from widget import create_app, settings
from widget.web import body_deadline

MB = 1024 * 1024

CHANGING = {"POST", "PATCH", "PUT", "DELETE"}
FOR_NOBODY = [("POST", f"/inbox/{it}") for it in ("claim", "sign-in", "sign-in/code")]
"""What is asked by whom nobody knows yet."""


@pytest.fixture
def strict(own_redis: services.RedisServer, tmp_path: Path) -> Iterator[services.ChatServer]:
    """A server with the limits that it has by itself, and smaller ones for files."""
    environ = {"VISITOR_MESSAGES": "", "VISITOR_DAILY_MB": "2", "ADDRESS_DAILY_MB": "4", "PROXIES": "1"}
    with services.closing(services.ChatServer(own_redis.url, f"sqlite:///{tmp_path}/chat.db", **environ)) as chat:
        yield chat


def visitor_at(server: services.ChatServer, address: str) -> api.Person:
    person = api.visitor(server.url)
    person.headers["X-Forwarded-For"] = address
    return person


def announce(person: api.Person, size: int) -> int:
    return person.post("/w/uploads", headers={"Upload-Length": str(size)}).status_code


def test_a_visitor_writes_thirty_messages_in_ten_seconds_and_an_agent_far_more(strict: services.ChatServer) -> None:
    visitor, agent = api.visitor(strict.url), api.agent(strict)
    conversation = visitor.conversation
    answers = [visitor.send(f"message {number}", conversation) for number in range(32)]
    assert Counter(it.status_code for it in answers) == {201: 30, 429: 2}
    assert answers[-1].json()["reason"]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert {agent.send("an answer", conversation).status_code for _ in range(40)} == {201}
    other = api.visitor(strict.url)
    group = f"/w/groups/{other.post('/w/groups', json={'title': 'Tea'}).json()['id']}"
    named = [other.request("PATCH", group, json={"title": f"Tea {number}"}).status_code for number in range(32)]
    assert Counter(named) == {200: 30, 429: 2}  # each is a line that all read, as a message is
    called = [other.post("/w/session", json={"name": f"Ada {number}"}).status_code for number in range(122)]
    assert Counter(called) == {200: 120, 429: 2}


def test_what_a_visitor_uploads_in_a_day_is_counted_when_it_is_announced_and_the_reason_is_shown(
    strict: services.ChatServer,
) -> None:
    visitor, agent = visitor_at(strict, "9.9.9.1"), api.agent(strict)
    assert [announce(visitor, MB), announce(visitor, MB), announce(visitor, MB)] == [201, 201, 429]
    refused = visitor.post("/w/uploads", headers={"Upload-Length": str(MB)})
    assert "2 MB in a day" in refused.json()["reason"]
    message = {"client_id": (None, str(uuid.uuid4())), "file": ("a.txt", b"x" * 1000)}
    path = f"/w/conversations/{visitor.conversation}/messages"
    assert visitor.post(path, files=message).status_code == 429
    assert {announce(agent, MB) for _ in range(5)} == {201}


def test_visitors_of_one_network_share_what_it_may_upload(strict: services.ChatServer) -> None:
    office = [visitor_at(strict, "9.9.9.9") for _ in range(3)]
    assert [announce(it, 2 * MB - 1024) for it in office[:2]] == [201, 201]
    refused = office[2].post("/w/uploads", headers={"Upload-Length": str(MB)})
    assert (refused.status_code, "your network" in refused.json()["reason"]) == (429, True)
    assert announce(visitor_at(strict, "9.9.9.10"), MB) == 201


def test_the_last_room_on_the_disk_is_for_no_file(own_redis: services.RedisServer, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(own_redis.url, url, LEAST_FREE_MB="1000000")) as full:
        visitor = api.visitor(full.url)
        answer = visitor.post("/w/uploads", headers={"Upload-Length": "10"})
        assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert visitor.send("words still arrive").status_code == 201


def begin_body(
    server: services.ChatServer, path: str, token: str = "", length: int = 1000, method: str = "POST"
) -> socket.socket:
    """A connection on which a request has begun whose body does not come."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    lines = [f"{method} {path} HTTP/1.1", "Host: chat", "Content-Type: application/json", f"Content-Length: {length}"]
    lines += ["Accept: application/json"] + ([f"Authorization: {token}"] if token else [])
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n{").encode())
    return connection


def test_a_body_that_does_not_come_is_given_ten_seconds_and_one_that_trickles_no_more(
    own_server: services.ChatServer,
) -> None:
    silent = begin_body(own_server, "/w/session")
    trickling = begin_body(own_server, "/w/session")
    began, answer = time.monotonic(), b""
    trickling.settimeout(0.5)
    while not answer and time.monotonic() - began < 20:
        trickling.sendall(b" ")
        try:
            answer = trickling.recv(4096)
        except TimeoutError:
            continue
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 8 < time.monotonic() - began < 15
    assert silent.recv(4096).startswith(b"HTTP/1.1 408 ")
    for connection in (silent, trickling):
        connection.close()


def changing_addresses() -> list[tuple[str, str]]:
    """Every method and address that takes a body, with made-up parts in it."""
    found = []
    for rule in create_app(settings.from_environ({})).url_map.iter_rules():
        path = re.sub(r"<any\(([^,)]+)[^)]*\):\w+>", r"\1", rule.rule)
        path = re.sub(r"<(id|member):\w+>", "0" * 16, path)
        found += [(method, re.sub("<[^>]+>", "xyz", path)) for method in (rule.methods or set()) & CHANGING]
    return sorted(found)


def test_who_is_asking_is_checked_before_the_body_is_read_wherever_there_is_one(
    own_server: services.ChatServer,
) -> None:
    addresses = changing_addresses()
    assert len(addresses) > 90
    with contextlib.ExitStack() as open_ones:
        waiting = {
            it: open_ones.enter_context(begin_body(own_server, it[1], "Bearer nobodys", method=it[0]))
            for it in addresses
            if it not in FOR_NOBODY
        }
        give_up = time.monotonic() + body_deadline.PATIENCE / 2  # long before a body that does not come is given up
        while waiting and time.monotonic() < give_up:
            for address, connection in list(waiting.items()):
                if select.select([connection], [], [], 0)[0]:
                    status = int(connection.recv(4096).split()[1])
                    assert status in (303, 401, 404, 410), (address, status)
                    del waiting[address]
        assert not waiting


def test_a_body_that_comes_in_pieces_in_time_is_read_whole(server: services.ChatServer) -> None:
    database_inspection.forget_tries(server)
    body = json.dumps({"name": "Ada", "email": "ada@example.com"}).encode()
    connection = begin_body(server, "/w/session", length=len(body))
    for byte in body[1:]:
        connection.sendall(bytes([byte]))
    assert connection.recv(4096).startswith(b"HTTP/1.1 201 ")
    connection.close()
