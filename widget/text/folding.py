"""Text as search compares it: without case, accents, widths and ways to compose a letter; every script alike."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Languages that put no spaces between words. Each of their characters is a word of its own here, so that a word of two
# of them is long enough for an index of three characters at a time.
_UNSPACED = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


@lru_cache(maxsize=50_000)
def _folded(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = "".join(it for it in decomposed if not (unicodedata.category(it) == "Mn" and unicodedata.combining(it)))
    code = ord(character)
    return f" {kept} " if any(first <= code <= last for first, last in _UNSPACED) else kept


def fold(text: str) -> str:
    """The text as it is compared (é = e + ◌́ = e, ß = ss, İ = i, full width = narrow), single spaces between words.

    The marks that are taken off are those of Unicode's category Mn with a combining class; Hangul is taken apart into
    its letters, by compatibility decomposition (Unicode Standard Annex 15).
    """
    folded = text.lower() if text.isascii() else "".join(map(_folded, text))
    return " ".join(folded.split())


def locate(text: str, folded: str) -> tuple[int, int]:
    """Where in `text` something stands that reads `folded` when it is folded: begin and end; (-1, -1) if nowhere."""
    pieces: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for it in " " if character.isspace() else _folded(character):
            if it != " " or (pieces and pieces[-1] != " "):
                pieces.append(it)
                origin.append(index)
    at = "".join(pieces).find(folded)
    if at < 0 or not folded:
        return -1, -1
    end = origin[at + len(folded) - 1] + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return origin[at], end
