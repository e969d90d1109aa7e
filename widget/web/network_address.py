"""Whom a request comes from, as far as its network address tells: what limits count where nobody has signed in."""

from __future__ import annotations

import ipaddress
import logging
from functools import cache

from flask import request

from widget import extensions

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
"""The headers in which a proxy says for whom it asks."""

_log = logging.getLogger(__name__)


def network(address: str | None) -> str:
    """What is counted as one: an IPv4 address, or the /64 of an IPv6 address, which one household has to itself."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:  # a unix socket has none
        return "nowhere"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((ip, 64), strict=False))
        ip = ip.ipv4_mapped
    return str(ip)


def of_request() -> str:
    """The network that this request comes from."""
    return network(request.remote_addr)


def is_shared() -> bool:
    """Whether all visitors may seem to come from this address: with PROXIES=0, a private one may be a proxy's.

    It is counted all the same, only with more room. The first time that somebody else is spoken for, the log says so.
    """
    if extensions.settings().proxies:
        return False  # then the proxy says who it is, and a private address is a neighbour's
    try:
        shared = not ipaddress.ip_address(request.remote_addr or "").is_global
    except ValueError:
        shared = True
    if shared and any(name in request.headers for name in FORWARDED):
        _say_once(request.remote_addr or "a unix socket")
    return shared


@cache
def _say_once(address: str) -> None:
    _log.warning(
        "Requests come through a proxy at %s, and PROXIES is 0: all visitors count as one, so limits are loose. "
        "Set PROXIES to the number of proxies in front.",
        address,
    )
