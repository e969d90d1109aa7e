"""What all shapes share: the type, and how a time is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Json = dict[str, Any]


def iso_time(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as a browser's `Date` reads and writes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def optional_time(time: datetime | None) -> str | None:
    """The same, for a time that may not have come."""
    return iso_time(time) if time else None
