"""Names: nobody is called like the team who is not of it."""

from __future__ import annotations

from widget import extensions
from widget.i18n import _
from widget.text import clean
from widget.text.folding import fold

SHORT = 60
"""How much is kept of a name that gets a word behind it."""

# What looks like a Latin letter in most typefaces (the common part of Unicode Technical Standard 39).
_LOOKALIKES = {
    "a": "аα",
    "b": "ьβ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еεє3",
    "g": "ɡ",
    "h": "һнη",
    "i": "іιıl1",
    "j": "јϳ",
    "k": "кκ",
    "m": "мμ",
    "n": "пν",
    "o": "оοσ0",
    "p": "рρ",
    "r": "г",
    "s": "ѕ5",
    "t": "тτ7",
    "u": "υ",
    "x": "хχ",
    "y": "уγү",
}
_LATIN = {ord(it): letter for letter, others in _LOOKALIKES.items() for it in others}


def codes(user_id: str) -> tuple[str, str]:
    """What tells visitors without a name apart, and what did so once: four digits were soon those of two people."""
    return user_id[:6].upper(), user_id[:4].upper()


def of_visitor(name: str) -> str:
    """The name of a visitor, or of a group of theirs; with a word behind it where it reads like the team's own."""
    return _("%(name)s (visitor)", name=clean.cut(name, SHORT)) if reads_like_the_team(name) else name


def reads_like_the_team(name: str) -> bool:
    """Whether people would take this for the name that the team bears, whatever letters it is written in."""
    return _skeleton(name) == _skeleton(extensions.settings().display_name)


def _skeleton(name: str) -> str:
    return "".join(it for it in fold(name).translate(_LATIN) if it.isalnum())
