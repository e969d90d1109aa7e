"""Addresses and bodies that are almost right: where they lead, and what the answer tells of them."""

from __future__ import annotations

import gzip
import json
import uuid

import pytest

from tests import api, services

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("given", "leads_to"),
    [
        ("/popup/", "/popup"),
        ("/popup/?name=A%20B&color=%23fff", "/popup?name=A%20B&color=%23fff"),
        ("/popup//", "/popup"),
        ("/inbox/", "/inbox"),
        ("/inbox/0123456789abcdef/", "/inbox/0123456789abcdef"),
        ("/join/abc/", "/join/abc"),
        ("/healthz/", "/healthz"),
    ],
)
def test_an_address_with_a_slash_at_its_end_leads_to_the_one_without(
    server: services.ChatServer, given: str, leads_to: str
) -> None:
    for method in ("GET", "HEAD"):
        answer = api.Person(server.url).request(method, given)
        assert (answer.status_code, answer.headers["Location"]) == (308, leads_to)


@pytest.mark.parametrize("given", ["/nothing/", "//evil.example/", "/%5Cevil.example/", "/popup/x/"])
def test_a_slash_leads_nowhere_else(server: services.ChatServer, given: str) -> None:
    assert api.Person(server.url).get(given).status_code == 404


@pytest.mark.parametrize("given", ["//inbox/", "///popup/", "//"])
def test_nobody_is_led_to_another_host(server: services.ChatServer, given: str) -> None:
    answer = api.Person(server.url).get(given)
    assert not answer.headers.get("Location", "/").startswith("//")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "identity, gzip"])
def test_a_packed_body_is_refused_in_words(visitor: api.Person, encoding: str) -> None:
    body = gzip.compress(json.dumps({"body": "hi", "client_id": str(uuid.uuid4())}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = visitor.post(f"/w/conversations/{visitor.conversation}/messages", data=body, headers=headers)
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert answer.json()["reason"] == "The body must not be compressed; send it without a Content-Encoding."
    assert visitor.history() == []


def test_a_body_that_says_it_is_not_packed_is_taken(visitor: api.Person) -> None:
    path = f"/w/conversations/{visitor.conversation}/messages"
    message = {"body": "hi", "client_id": str(uuid.uuid4())}
    assert visitor.post(path, json=message, headers={"Content-Encoding": "identity"}).status_code == 201
