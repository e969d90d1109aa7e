"""How two browsers find a way to each other: the STUN and TURN servers of a call, with credentials that expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

from widget.settings import Settings

LIFETIME = 2 * 3600
"""How long a TURN credential is good for, in seconds: a call that is connected by then goes on."""


def servers(settings: Settings, name: str) -> list[dict[str, Any]]:
    """The `iceServers` of an RTCPeerConnection (WebRTC 1.0, 4.2.1), with a TURN credential for this name."""
    turn = [url for url in settings.ice_servers if url.startswith("turn")]
    entries: list[dict[str, Any]] = [{"urls": [url]} for url in settings.ice_servers if url not in turn]
    if turn:
        username, credential = turn_credential(settings.turn_secret, name, int(time.time()) + LIFETIME)
        entries.append({"urls": turn, "username": username, "credential": credential})
    return entries


def turn_credential(secret: str, name: str, expires_at: int) -> tuple[str, str]:
    """User name and password for a TURN server that shares `secret`, until `expires_at` (Unix time).

    As coturn's `use-auth-secret` wants them: draft-uberti-behave-turn-rest-00, 2.2.
    """
    username = f"{expires_at}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()
