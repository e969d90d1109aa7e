"""Whether whoever runs this server is asking: with METRICS_TOKEN, or from the machine itself."""

from __future__ import annotations

import hmac
import ipaddress

from flask import request

from widget import extensions
from widget.chat.errors import Unauthorized
from widget.web import auth, network_address


def asks() -> bool:
    """Whether this request comes with the token, or from this machine and on nobody's behalf."""
    try:
        return shows_token() or _is_local()
    except Unauthorized:
        return False


def shows_token() -> bool:
    """Whether METRICS_TOKEN is set and comes along; raises Unauthorized for a header of another kind."""
    known, shown = extensions.settings().metrics_token, auth.bearer_token()
    return bool(known and shown) and hmac.compare_digest(known.encode(), (shown or "").encode(errors="replace"))


def _is_local() -> bool:
    if any(name in request.headers for name in network_address.FORWARDED):
        return False  # a proxy on this machine speaks for somebody else
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
