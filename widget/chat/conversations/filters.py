"""What somebody types above the team's list: words, and filters such as `label:billing` or `is:unanswered`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from widget.chat.errors import Unprocessable
from widget.i18n import _

LIMIT = 200
"""The longest text, in characters."""

_PART = re.compile(r'(?:(\w+):)?(?:"([^"]*)"?|(\S+))', re.ASCII)
_IS = ("unanswered", "open", "snoozed", "resolved")


@dataclass(frozen=True)
class Filters:
    """What is looked for; all of it has to hold."""

    words: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    assignee: str | None = None
    """A name, an e-mail address, "me" or "none"."""
    visitor: str | None = None
    """A part of the name or the address of who wrote."""
    before: datetime | None = None
    after: datetime | None = None
    has_file: bool = False
    states: list[str] = field(default_factory=list)
    """Some of unanswered, open, snoozed, resolved."""


def parse(text: str) -> Filters:
    """Read what was typed; raises Unprocessable for a filter whose value cannot be. What is no filter is a word."""
    words: list[str] = []
    filters: dict[str, list[str]] = {}
    for name, quoted, bare in _PART.findall(text):
        value = quoted or bare
        if name in ("label", "assignee", "from", "before", "after", "has", "is"):
            filters.setdefault(name, []).append(value)
        elif value:
            words.append(f"{name}:{value}" if name else value)
    return Filters(
        words=words,
        labels=[" ".join(it.split()).casefold() for it in filters.get("label", [])],
        assignee=filters.get("assignee", [None])[-1],
        visitor=filters.get("from", [None])[-1],
        before=_day(filters, "before"),
        after=_day(filters, "after", timedelta(days=1)),
        has_file=_one_of(filters, "has", ("file",)) != [],
        states=_one_of(filters, "is", _IS),
    )


def _day(filters: dict[str, list[str]], name: str, later: timedelta = timedelta(0)) -> datetime | None:
    """The beginning of the day that was named, in UTC, or that of the next one."""
    if name not in filters:
        return None
    try:
        day = date.fromisoformat(filters[name][-1])
        return datetime.combine(day, time(), UTC) + later
    except (ValueError, OverflowError):
        raise Unprocessable(_("%(filter)s: needs a day such as 2030-01-31.", filter=name)) from None


def _one_of(filters: dict[str, list[str]], name: str, allowed: tuple[str, ...]) -> list[str]:
    values = [it.lower() for it in filters.get(name, [])]
    if any(it not in allowed for it in values):
        raise Unprocessable(_("%(filter)s: can be %(values)s.", filter=name, values=", ".join(allowed)))
    return values
