"""How the chat looks to visitors: what the owner has set, what the environment says, or the defaults."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from widget.chat import team_settings
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.models import User
from widget.text import clean

KEY = "appearance"

NAME_LIMIT, GREETING_LIMIT, LABEL_LIMIT = 100, 500, 30

THEMES = ("auto", "light", "dark")
POSITIONS = ("right", "left")
ICONS = {
    "chat": "m3 21 1.6-4.8a9 9 0 1 1 3.2 3.2z",
    "question": "M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3M12 17h.01M22 12A10 10 0 1 1 2 12a10 10 0 0 1 20 0z",
    "mail": (
        "m22 7-8.991 5.727a2 2 0 0 1-2.009 0L2 7M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"
    ),
    "heart": (
        "M2 9.5a5.5 5.5 0 0 1 9.591-3.676.56.56 0 0 0 .818 0A5.49 5.49 0 0 1 22 9.5c0 2.29-1.5 4-3 5.5l-5.492 5.313"
        "a2 2 0 0 1-3 .019L5 15c-1.5-1.5-3-3.2-3-5.5"
    ),
}
"""What the bubble can show: a balloon as the loader draws it, and Lucide's circle-question-mark, mail and heart."""

_COLOR = re.compile("#[0-9a-f]{6}")


class Appearance(NamedTuple):
    """What visitors see. What the tag of a page says goes before it, on that page."""

    name: str
    picture: str
    """An address, or the path of an uploaded one; empty: the initials of the name."""
    color: str
    """#rrggbb, or empty for the default."""
    theme: str
    position: str
    greeting: str
    launcher_icon: str
    launcher_label: str


def load() -> Appearance:
    """How the chat looks now."""
    return Appearance(**team_settings.load(KEY))


def current() -> Appearance:
    """The same, perhaps a second old: every message bears the team's name."""
    return Appearance(**team_settings.recent(KEY))


def shown(age: float = 0) -> Appearance:
    """The same for the pages of strangers, who get what was known last while the database is away."""
    try:
        return Appearance(**team_settings.recent(KEY, age))
    except SQLAlchemyError:
        return Appearance(**team_settings.remembered(KEY))


def change(by: User, **values: Any) -> Appearance:
    """Set some of it; raises Unprocessable for what cannot be. What the environment has set stays as it is."""
    if "name" in values:
        values["name"] = clean.cut(clean.line(values["name"]), NAME_LIMIT)
        if not values["name"]:
            raise Unprocessable(_("The team needs a name."))
    if values.get("color") and not _COLOR.fullmatch(values["color"]):
        raise Unprocessable(_("color must be six hexadecimal digits after a #."))
    for field, allowed in (("theme", THEMES), ("position", POSITIONS), ("launcher_icon", tuple(ICONS))):
        if values.get(field, allowed[0]) not in allowed:
            raise Unprocessable(_("%(name)s must be %(choices)s.", name=field, choices=", ".join(allowed)))
    team_settings.put(by, KEY, values)
    return load()
