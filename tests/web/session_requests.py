"""Sessions that are asked for, with and without an identity that the site vouches for."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

from tests import api

SECRET = "s" * 32  # what the shared server is started with


def proved(user_id: str, secret: str = SECRET) -> dict[str, str]:
    """The fields with which a site says that its visitor is its user `user_id`."""
    proof = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return {"id": user_id, "identifier_hash": proof}


def new_user_id() -> str:
    return f"user-{uuid.uuid4()}"


def session(person: api.Person, **fields: str) -> dict[str, Any]:
    answer = person.post("/w/session", json=fields)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found
