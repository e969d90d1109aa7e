"""Names: nobody is called like the team who is not of it."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy.orm import Session

from widget.chat import appearance, team_settings
from widget.i18n import _
from widget.text import clean
from widget.text.folding import fold

SHORT = 60
"""How much is kept of a name that gets a word behind it."""

# What looks like a Latin letter in most typefaces (the common part of Unicode Technical Standard 39).
_LOOKALIKES = {
    "a": "аαɑ@4",
    "b": "ьβ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еεєҽ3",
    "g": "ɡց",
    "h": "һнηհ",
    "i": "іιıl1",
    "j": "јϳ",
    "k": "кκ",
    "m": "мμ",
    "n": "пνո",
    "o": "оοσօ০०0",
    "p": "рρꮲ",
    "r": "гꮁ",
    "s": "ѕꮪ5$",
    "t": "тτꭲ7",
    "u": "υս",
    "x": "хχ",
    "y": "уγү",
}
# What Unicode calls a letter that has a stroke, a hook or a tail, or is a small capital.
_DRESSED = re.compile("LATIN (?:SMALL LETTER|CAPITAL LETTER|LETTER SMALL CAPITAL) (?:LONG )?([A-Z])(?: WITH |$)")
_LATIN = {ord(it): letter for letter, others in _LOOKALIKES.items() for it in others}


def codes(user_id: str) -> tuple[str, str]:
    """What tells visitors without a name apart, and what did so once: four digits were soon those of two people."""
    return user_id[:6].upper(), user_id[:4].upper()


def of_visitor(session: Session, name: str) -> str:
    """The name of a visitor, or of a group of theirs; with a word behind it where it reads like the team's own."""
    team = team_settings.get(session, appearance.KEY)["name"]
    return _("%(name)s (visitor)", name=clean.cut(name, SHORT)) if read_alike(name, team) else name


def read_alike(name: str, other: str) -> bool:
    """Whether people would take one name for the other, whatever letters they are written in."""
    return name == other or _skeleton(name) == _skeleton(other) != ""


def _skeleton(name: str) -> str:
    return "".join(map(_plain, fold(fold(name).translate(_LATIN))))


def _plain(letter: str) -> str:
    """The letter as it is looked at: "ø" is an o, and "ꜱ" an s; nothing for what is none."""
    if letter.isascii() or not letter.isalnum():
        return letter if letter.isalnum() else ""
    named = _DRESSED.match(unicodedata.name(letter, ""))
    return named[1].lower().translate(_LATIN) if named else letter
