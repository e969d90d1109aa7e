"""Files as people send and fetch them, and as the server stores them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import requests

from tests import api, services


def post(person: api.Person, name: str, data: bytes, conversation: str | None = None, **fields: str) -> Any:
    """Send a file in one request."""
    path = f"/w/conversations/{conversation or person.conversation}/messages"
    form = {"client_id": str(uuid.uuid4()), **fields}
    return person.post(path, data=form, files={"file": (name, data)})


def fetch(server: services.ChatServer, path: str, **headers: str) -> requests.Response:
    """Fetch a file as somebody without any session does."""
    return requests.get(server.url + path, headers=headers, timeout=30)


def stored(server: services.ChatServer) -> set[Path]:
    """The files in the server's folder."""
    folder = Path(server.environ["STORAGE_URL"].removeprefix("file:"))
    return {path for path in folder.rglob("*") if path.is_file()}
