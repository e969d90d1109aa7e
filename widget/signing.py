"""Addresses that open something for a while, to whoever has them: signed, so that nobody can make one up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import timedelta

from sqlalchemy import select

from widget import db, extensions
from widget.models import Secret

STEP = timedelta(hours=12)
"""Addresses made within the same step are the same, so that browsers find in their cache what they have loaded."""


def expiry(lifetime: timedelta) -> int:
    """When an address expires that is to hold for at least `lifetime`: Unix time, in seconds."""
    step = int(STEP.total_seconds())
    return -(-int(time.time() + lifetime.total_seconds()) // step) * step


def sign(what: str, expires: int) -> str:
    """27 characters that vouch for `what` until `expires`: 160 bits of an HMAC-SHA256."""
    digest = hmac.digest(_key(), f"{expires}:{what}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def holds(what: str, expires: int, signature: str) -> bool:
    """Whether this signature is ours; whether the time is over is for the caller to see."""
    return hmac.compare_digest(sign(what, expires).encode(), signature.encode())


def _key() -> bytes:
    """SECRET_KEY, or where it is not set the key that the database keeps for all processes."""
    parts = extensions.current()
    if parts.settings.secret_key:
        return parts.settings.secret_key.encode()
    if parts.signing_key is None:
        with db.reading() as session:
            key = session.scalars(select(Secret.value).where(Secret.name == "signing")).one()
        parts.signing_key = key.encode()
    return parts.signing_key
