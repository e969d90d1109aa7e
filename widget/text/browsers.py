"""Which browser and system a User-Agent header means, in words."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1000)
def name(header: str) -> str:
    """Such as "Chrome 130, Windows 10"; empty when that cannot be told. Takes a while: call it in a thread."""
    from ua_parser import parse  # more than a second, of which nobody else needs anything

    found = parse(header)
    parts = (found.user_agent, found.os)
    return ", ".join(f"{it.family} {it.major}" if it.major else it.family for it in parts if it)
