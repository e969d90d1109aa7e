"""What counts as an emoji."""

from __future__ import annotations

import pytest
import regex

from widget.text import emoji

FACES = ["👍", "👍🏽", "☝🏽", "❤", "❤️", "☺️", "☀️", "⌚", "⏱️", "©️", "™️", "🇩🇪", "1️⃣", "#️⃣", "*⃣", "🀄", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U0001faff"]
JOINED = ["👩‍👩‍👧", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🏴‍☠️", "👁️‍🗨️", "🧑🏽‍❤️‍💋‍🧑🏻", "🏃‍♀", "🙂‍↔️", "❤️‍🔥", "🐻‍❄️", "🫱🏻‍🫲🏿"]
SYMBOLS = [*"aä日1#*©™®↔★🀀🏽🇩\u200d\ufe0f\u20e3 ", "", "1\ufe0f", "a\u20e3", "<b>"]
NO_EMOJI = [
    "👍👍",
    "👍 ",
    "👍\n",
    "👍a",
    "🇩🇪🇫🇷",
    "🇩🇪🇫",
    "❤\ufe0e",
    "🚗🏽",
    "👍\u200d",
    "\u200d👍",
    "👩" + "\u200d👩" * 20,
]


@pytest.mark.parametrize("text", FACES + JOINED)
def test_an_emoji_is_one(text: str) -> None:
    assert emoji.is_emoji(text)
    assert emoji.emoji_only(text)
    assert regex.fullmatch(r"\X", text)


@pytest.mark.parametrize("text", SYMBOLS + NO_EMOJI)
def test_what_is_not_exactly_one_emoji_is_none(text: str) -> None:
    assert not emoji.is_emoji(text)


@pytest.mark.parametrize("text", ["👍", "👍👍", " 👍\n👍 ", "🇩🇪🇫🇷🇮🇹", "👍" * 6, "👩‍👩‍👧 ❤️ 1️⃣", "🧑🏽‍❤️‍💋‍🧑🏻" * 6])
def test_one_to_six_emoji_are_emoji_only(text: str) -> None:
    assert emoji.emoji_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "👍a",
        "👍.",
        "👍" * 7,
        "1",
        "12",
        "🇩 🇪",
        "👍 🏽",
        "©",
        "👍" + " " * 400,
        "👩\u200d" * 100,
        "👍\u200b",
    ],
)
def test_anything_else_is_not_emoji_only(text: str) -> None:
    assert not emoji.emoji_only(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("❤", "❤\ufe0f"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("☝🏽", "☝🏽"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("👍\ufe0f", "👍"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("🏃\u200d♀", "🏃\u200d♀\ufe0f"),
        ("👁\u200d🗨\ufe0f", "👁\ufe0f\u200d🗨\ufe0f"),
        ("🧑🏽\u200d❤\u200d💋\u200d🧑🏻", "🧑🏽\u200d❤\ufe0f\u200d💋\u200d🧑🏻"),
        ("🇩🇪", "🇩🇪"),
    ],
)
def test_an_emoji_has_one_form_however_a_keyboard_writes_it(typed: str, kept: str) -> None:
    assert emoji.canonical(typed) == kept
    assert emoji.is_emoji(kept)


@pytest.mark.parametrize("face", [*FACES, *JOINED])
def test_the_one_form_of_an_emoji_is_one_and_stays(face: str) -> None:
    assert emoji.is_emoji(emoji.canonical(face))
    assert emoji.canonical(emoji.canonical(face)) == emoji.canonical(face)
