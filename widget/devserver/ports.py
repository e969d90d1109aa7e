"""Ports of this machine: which are taken, and which a browser would open."""

from __future__ import annotations

import contextlib
import errno
import socket

from widget.settings import WrongSetting

LOOPBACK = ("127.0.0.1", "::1")

# fmt: off
CLOSED_TO_BROWSERS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
    531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
    5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on
"""Where browsers open no page, because something else would take it for its own protocol: the "bad ports" of the Fetch
standard (https://fetch.spec.whatwg.org/#port-blocking)."""


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there already, or we are not allowed to."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # a machine without IPv6
    return False


def answers(port: int) -> bool:
    """Whether somebody listens there on this machine."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK[0], port), timeout=1):
        return True
    return False


def free_after(port: int) -> int:
    """The next port that nobody listens on and that a browser opens. Raises WrongSetting of PORT when there is none."""
    for candidate in range(port + 1, min(port + 100, 65536)):
        if candidate not in CLOSED_TO_BROWSERS and not any(is_taken(host, candidate) for host in LOOPBACK):
            return candidate
    raise WrongSetting("PORT", str(port), "a port with a free one after it, for the demo shop")
