"""What somebody asks for a message: an emoji on it, or none, and to send it on."""

from __future__ import annotations

import uuid
from typing import Any

import requests

from tests import api


def react(person: api.Person, message: dict[str, Any], emoji: str) -> requests.Response:
    return person.request("PUT", f"/w/messages/{message['id']}/reaction", json={"emoji": emoji})


def take_back(person: api.Person, message: dict[str, Any]) -> requests.Response:
    return person.request("DELETE", f"/w/messages/{message['id']}/reaction")


def forward(
    person: api.Person, message: dict[str, Any], conversation: str, client_id: str | None = None
) -> requests.Response:
    fields = {"conversation": conversation, "client_id": client_id or str(uuid.uuid4())}
    return person.post(f"/w/messages/{message['id']}/forward", json=fields)
