"""What is an emoji: one that may be put on a message, and messages that are shown large."""

from __future__ import annotations

import re
from functools import lru_cache

import regex

# A skin tone stands only on what has a skin. Symbols below U+2600 (©, ™, arrows) are text unless U+FE0F follows.
# Extended_Pictographic has room for next year's emoji, too.
_PICTURE = (
    r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\uFE0F"
    r"|(?=\p{Emoji_Presentation}|[\u2600-\U0010FFFF])\p{Extended_Pictographic})"
)
_EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F"
    rf"|{_PICTURE}(?:\u200D(?:{_PICTURE}|\p{{Extended_Pictographic}}))*+"
)
_EMOJI_LENGTH = 40
_VARIATION = re.compile("[\ufe0e\ufe0f]")
# What is text without a variation selector, unless a skin tone follows.
_TEXT_FIRST = regex.compile(
    r"[0-9#*](?=\u20E3)|[\p{Extended_Pictographic}&&\p{Emoji}--\p{Emoji_Presentation}](?!\p{Emoji_Modifier})",
    regex.VERSION1,
)


def is_emoji(text: str) -> bool:
    """Return whether the text is exactly one emoji, of at most 40 characters."""
    return len(text) <= _EMOJI_LENGTH and _EMOJI.fullmatch(text) is not None


@lru_cache(maxsize=1000)
def canonical(emoji: str) -> str:
    """The one form of an emoji: with U+FE0F wherever it is a picture only with it (UTS #51, "fully-qualified").

    Keyboards leave it out or put it in as they like; ❤ and ❤️ are the same.
    """
    return _TEXT_FIRST.sub("\\g<0>\ufe0f", _VARIATION.sub("", emoji))


def emoji_only(text: str) -> bool:
    """Return whether the text is 1 to 6 emoji and white space."""
    if text.isascii() or len(text) > 8 * _EMOJI_LENGTH:  # the common case is ruled out at once
        return False
    clusters = [cluster for cluster in regex.findall(r"\X", text) if not cluster.isspace()]
    return 1 <= len(clusters) <= 6 and all(map(is_emoji, clusters))
