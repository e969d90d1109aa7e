"""Agents whom only one test knows, and what they do with conversations."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests import api, services
from tests.web import database_inspection

Shape = dict[str, Any]


def agent(server: services.ChatServer, name: str, role: str = "agent") -> api.Person:
    """A new agent of this name, with their id."""
    person = api.agent(server, f"{name.lower()}.{uuid.uuid4().hex[:8]}@example.com")
    person.id = person.request("PATCH", "/w/agents/me", json={"available": True}).json()["id"]
    change = "UPDATE users SET name = :name, role = :role WHERE id = :id"
    database_inspection.run(server, change, name=name, role=role, id=person.id)
    return person


def change(person: api.Person, conversation: str, **fields: Any) -> Shape:
    """A conversation as it is after this change of it."""
    answer = person.request("PATCH", f"/w/conversations/{conversation}", json=fields)
    assert answer.status_code == 200, answer.text
    found: Shape = answer.json()
    return found


def note(person: api.Person, conversation: str, body: str, **fields: Any) -> Shape:
    """A note that was written."""
    path = f"/w/conversations/{conversation}/messages"
    answer = person.post(path, json={"body": body, "client_id": str(uuid.uuid4()), "private": True} | fields)
    assert answer.status_code == 201, answer.text
    found: Shape = answer.json()
    return found


def soon(**later: int) -> str:
    """A time in a while."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()
