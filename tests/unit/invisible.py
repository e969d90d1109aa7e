"""What people send that cannot be seen, each with what is kept of it: a line for each case."""

from __future__ import annotations

TEXTS = [
    # Line breaks of every kind, and what pastes bring along
    ("a\r\nb\rc\nd", "a\nb\nc\nd"),
    ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\x85d\u2028e\u2029f"),
    ("a\tb", "a\tb"),
    ("\x1b[31;1mred\x1b[0m", "red"),
    ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
    ("a\ud800b\udfffc\ufffed", "abcd"),
    ("  indented\n\n  text  ", "  indented\n\n  text  "),
    # Nothing to be seen is nothing
    ("   ", ""),
    ("\u200b", ""),
    ("\u2060\ufeff\xad", ""),
    ("\u3164", ""),
    ("\u2800\u115f", ""),
    ("\ufe0f\u200d", ""),
    ("\u202e\u2066", ""),
    ("\n\t \u3000", ""),
    # Invisible in between
    ("te\u200bx\xadt", "text"),
    ("a\u200db", "ab"),
    ("a\u200cb", "ab"),
    ("pass\u2060word", "password"),
    ("\ufe0fabc", "abc"),
    ("hi\U000e0041\U000e0042", "hi"),
    # Scripts need their joiners
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("ه\u200d", "ه\u200d"),
    ("क्\u200dष", "क्\u200dष"),
    ("ක්\u200dරි", "ක්\u200dරි"),
    ("می\u200c\u200c\u200cخواهم", "می\u200cخواهم"),
    ("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
    ("葛\U000e0100飾", "葛\U000e0100飾"),
    ("שלום\u200f!", "שלום\u200f!"),
    # And so do emoji
    ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
    ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
    ("❤\ufe0f 1\ufe0f⃣", "❤\ufe0f 1\ufe0f⃣"),
    (
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ),
    ("👍\u200d", "👍"),
    # Visible, if odd
    ("\uf8ff", "\uf8ff"),
    ("Z̷̢͈a̶l̵g̴o̷", "Z̷̢͈a̶l̵g̴o̷"),
]

LINES = [
    (" Ada \n Lovelace ", "Ada Lovelace"),
    ("Ada\x0bLovelace", "Ada Lovelace"),
    ("\u202egpj.exe", "gpj.exe"),
    ("a\u2066b\u2069\u200e\u200f\u061cc", "abc"),
    ("e\u0301", "é"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ("\u200b", ""),
    ("\xa0\u3000", ""),
]

FILE_NAMES = [
    (".env", ".env"),
    (".gitignore.", ".gitignore"),
    ("../../etc/passwd", "passwd"),
    ("C:\\fakepath\\tea.pdf", "tea.pdf"),
    ("\u202egpj.exe", "gpj.exe"),
    ("a\tb\u0085c.txt", "a b c.txt"),
    ("...", "file"),
    (". .", "file"),
    ("", "file"),
    ("folder/", "file"),
    ("\u200b", "file"),
    ("report.pdf. ", "report.pdf"),
    ("Tee für zwei – 茶.txt", "Tee für zwei – 茶.txt"),
    ("x" * 300 + ".tar", "x" * 196 + ".tar"),
    ("😀" * 300 + ".png", "😀" * 196 + ".png"),
    ("a" * 195 + "👨\u200d👩\u200d👧" + "b" * 9 + ".png", "a" * 195 + ".png"),
]
