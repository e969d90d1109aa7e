"""The address of this server, for links that people pass on: never what a stranger's Host header says."""

from __future__ import annotations

import ipaddress
import logging
from functools import lru_cache
from urllib.parse import urlsplit

from flask import request

from widget import extensions

_log = logging.getLogger(__name__)


def base_url() -> str:
    """PUBLIC_URL; else the host that this request names, if it is one of ALLOWED_HOSTS or this very machine."""
    settings = extensions.settings()
    if settings.public_url:
        return settings.public_url
    if request.host.lower() in settings.allowed_hosts or is_loopback(urlsplit(request.host_url).hostname):
        return request.url_root.rstrip("/")
    _say_once()
    return settings.base_url


def is_loopback(host: str | None) -> bool:
    """Whether this name or address means the machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _say_once() -> None:
    _log.warning("Links do not lead to %s: set PUBLIC_URL, or name that host in ALLOWED_HOSTS.", request.host[:100])
