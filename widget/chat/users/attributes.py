"""Attributes: what a page tells of its visitor besides who they are, such as their plan: its word, for the team."""

from __future__ import annotations

from collections.abc import Mapping

from widget.text import clean

MOST = 20
"""How many a visitor has; what goes beyond that is not kept."""

NAME_LIMIT = 40
VALUE_LIMIT = 200
"""In characters; a longer name is not kept, a longer value is cut."""


def told(given: Mapping[str, object]) -> dict[str, str | None]:
    """Those among the fields of a page that can be kept: words, numbers, yes or no. None forgets one.

    Nothing here is refused, for it is a page of somebody else's: what does not fit is left out.
    """
    found: dict[str, str | None] = {}
    for name, value in given.items():
        name = clean.line(name)
        if name and len(name) <= NAME_LIMIT and (value is None or isinstance(value, (str, int, float))):
            found[name] = _words(value)
    return found


def merged(known: Mapping[str, str] | None, given: Mapping[str, str | None]) -> dict[str, str]:
    """What is known afterwards, in the order in which it was told."""
    both = {**(known or {}), **given}
    return dict([(name, value) for name, value in both.items() if value is not None][:MOST])


def _words(value: str | float | None) -> str | None:
    """A value as it is shown; nothing that can be seen is nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean.cut(clean.line(str(value)), VALUE_LIMIT) or None if value is not None else None
