"""Groups for the tests that need one, and how they look from one member."""

from __future__ import annotations

from typing import Any

from tests import api

MISSING = "0123456789abcdef"
"""An id that nothing has."""

UUID = "3f2b8c9e-5d41-4f0a-9c7e-1a2b3c4d5e6f"


def group(owner: api.Person, *others: api.Person, title: str = "Tea round") -> str:
    """A group of `owner` and the team that the others have joined by a link; its id."""
    answer = owner.post("/w/groups", json={"title": title})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    for other in others:
        join(owner, other, found)
    return found


def join(owner: api.Person, other: api.Person, conversation: str) -> None:
    """Let somebody in by a link."""
    answer = other.post(f"/w/invites/{invitation(owner, conversation)}")
    assert answer.status_code == 200, answer.text


def invitation(owner: api.Person, conversation: str) -> str:
    """The token of a new invitation."""
    answer = owner.post(f"/w/groups/{conversation}/invites")
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def entry(person: api.Person, conversation: str) -> dict[str, Any]:
    """A conversation as somebody has it in their list."""
    found = [it for it in person.conversations() if it["id"] == conversation]
    assert len(found) == 1, f"{len(found)} entries of {conversation}"
    return found[0]


def bodies(person: api.Person, conversation: str, kind: str = "text") -> list[str]:
    """What somebody can read in a conversation: the texts, or with `kind` system what happened."""
    return [it["body"] for it in person.history(conversation) if it["kind"] == kind]


def shows(stream: api.Stream, conversation: str) -> list[api.Event]:
    """The events of a stream in which this conversation is named."""
    return [event for event in stream.events if conversation in str(event.data)]


def without_status(message: dict[str, Any]) -> dict[str, Any]:
    """A message without its status, which goes on by itself as soon as somebody listens."""
    return {name: value for name, value in message.items() if name != "status"}
