"""E-mail addresses: the one rule of what can be one. Only a mail to it would tell more."""

from __future__ import annotations

import re

from widget.text import clean

LONGEST = 320
"""In characters (RFC 3696, erratum 1690)."""

_ADDRESS = re.compile(r"[^\s@<>()\",;:\\\[\]]+@[^\s@<>()\",;:\\\[\]]+")


def is_address(text: str) -> bool:
    """Whether this can be an address, and nothing that is shown as one without being it."""
    return len(text) <= LONGEST and bool(_ADDRESS.fullmatch(text)) and clean.line(text) == text


def is_public(text: str) -> bool:
    """The same of somebody on the internet, where every host has a domain."""
    return is_address(text) and "." in text.rpartition("@")[2].strip(".")
