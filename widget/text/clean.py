"""What people cannot see in what they write: one rule for messages, names, titles and names of files.

Line breaks of every kind are line breaks. Control characters that a paste brings along go, and so does what is
invisible and means nothing where it stands. What a script or an emoji needs stays: joiners, variation selectors.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

import regex

LONGEST_FILE_NAME = 200
"""In characters."""

# Scripts whose letters change with a joiner, or the lack of one, beside them; and those that part words with nothing
# but a space of no width.
_JOINS = (
    r"\p{Arabic}\p{Syriac}\p{Nko}\p{Mandaic}\p{Mongolian}\p{Phags_Pa}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}"
    r"\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Balinese}"
)
_NO_SPACES = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Balinese}\p{Javanese}"
_EMOJI = r"\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F"

# Unicode's own line ends (NEL, U+2028, U+2029) are no control characters of a keyboard or a paste: they stay.
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c]")

# Whether there is anything to do at all: what is plainly visible is left alone at the cost of one search.
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_GOES = regex.compile(
    rf"""
      \x1b\[[0-?]*[ -/]*[@-~]                                   # a colour out of a terminal
    | [\p{{Cc}}--[\t\n\x85]] | \p{{Cs}} | \p{{Noncharacter_Code_Point}}
    | [\u00AD\u180E\u2060-\u2065\u206A-\u206F\uFFF9-\uFFFB\U0001D173-\U0001D17A]
    | (?<![{_NO_SPACES}])\u200B | \u200B(?![{_NO_SPACES}])
    | (?<=[\u200C\u200D])[\u200C\u200D]
    | (?<![{_JOINS}])\u200C(?![{_JOINS}])
    | (?<![{_JOINS}{_EMOJI}])\u200D(?![{_JOINS}]) | (?<=[{_EMOJI}])\u200D(?!\p{{Extended_Pictographic}})
    | (?<![^\s\p{{Cc}}\p{{Default_Ignorable_Code_Point}}])[\uFE00-\uFE0F\U000E0100-\U000E01EF]  # nothing to vary
    | (?<!\U0001F3F4[\U000E0020-\U000E007E]*)[\U000E0000-\U000E007F]   # but in the flag of a region
    | [\U000E0080-\U000E00FF\U000E01F0-\U000E0FFF]
    """,
    regex.VERBOSE | regex.VERSION1,
)
# In a line that stands between others, or names something, these make one thing look like another.
_DIRECTION = re.compile("[\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_VISIBLE = regex.compile(r"[^\s\p{Z}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def text(words: str) -> str:
    """Several lines, as in a message: their spaces and directions stay. Nothing when there is nothing to be seen."""
    if _SUSPECT.search(words):
        words = _GOES.sub("", _LINE_BREAK.sub("\n", words))
    return "" if is_blank(words) else words


def line(words: str) -> str:
    """One line, as in a name or a title: single spaces, and nothing that turns its direction."""
    return " ".join(unicodedata.normalize("NFC", _DIRECTION.sub("", text(words))).split())


def file_name(words: str) -> str:
    """The name of a file: one line without folders, at most LONGEST_FILE_NAME characters, its ending kept."""
    name = line(words.replace("\\", "/").rpartition("/")[2]).rstrip(". ")
    if len(name) > LONGEST_FILE_NAME:
        suffix = PurePosixPath(name).suffix
        ending = suffix if len(suffix) <= 20 else ""
        name = cut(name, LONGEST_FILE_NAME - len(ending)) + ending
    return name or "file"


def cut(words: str, limit: int) -> str:
    """At most `limit` characters, and not through the middle of what people see as one (an emoji, a letter)."""
    if len(words) <= limit:
        return words
    end = 0
    for cluster in regex.finditer(r"\X", words):
        if cluster.end() > limit:
            break
        end = cluster.end()
    return words[: end or limit]


def is_blank(words: str) -> bool:
    """Whether there is nothing to be seen in it."""
    return _VISIBLE.search(words) is None


def is_printable(words: str) -> bool:
    """Whether a value that must not be changed (a password, an id) can be stored and shown as it is."""
    return _UNPRINTABLE.search(words) is None
