"""Searching as people do it, for the tests of it."""

from __future__ import annotations

import requests

from tests import api


def search(person: api.Person, text: str, **more: str) -> requests.Response:
    """The answer to a search."""
    return person.request("GET", "/w/search", params={"q": text, **more})


def found(person: api.Person, text: str, **more: str) -> list[str]:
    """The bodies of the messages with this text in them."""
    answer = search(person, text, **more)
    assert answer.status_code == 200, answer.text
    return [it["body"] for it in answer.json()["messages"]]
