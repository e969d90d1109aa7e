"""The sentences in scripts, which come out of the same catalogue as all others.

In a script a sentence stands in English, in a call of `_` or `ngettext` (static/js/core/i18n.js, plurals.js). Babel
collects them from there by `extract`; whoever reads another language is sent the script with theirs in their place.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator

from widget import i18n

_STRING = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
CALL = re.compile(
    rf"(?<![\w.$])(?:_\(\s*(?P<sentence>{_STRING})|ngettext\(\s*(?P<one>{_STRING}),\s*(?P<other>{_STRING}))"
)
"""A call of `_` or `ngettext`, up to its last sentence."""


Found = tuple[int, str, object, list[str]]
"""Line, function, sentence or (singular, plural), comments: as Babel takes them."""


def extract(file: io.BufferedIOBase, *_asked: object, **_options: object) -> Iterator[Found]:
    """What Babel is to put into the catalogue."""
    script = file.read().decode()
    for call in CALL.finditer(script):
        line = script.count("\n", 0, call.start()) + 1
        if call["sentence"]:
            yield line, "_", _value(call["sentence"]), []
        else:
            yield line, "ngettext", (_value(call["one"]), _value(call["other"])), []


def translate(script: str, language: i18n.Language) -> str:
    """The script as a reader of this language gets it."""
    if language is i18n.SOURCE:
        return script

    def call(match: re.Match[str]) -> str:
        if match["sentence"]:
            return f"_({_literal(language.sentences.gettext(_value(match['sentence'])))}"
        forms = _forms(_value(match["one"]), _value(match["other"]), language)
        return f'ngettext({_literal(forms)}, ""'

    return CALL.sub(call, script)


def _forms(one: str, other: str, language: i18n.Language) -> dict[str, str]:
    """A sentence's forms by the categories of `Intl.PluralRules`, each found by a number that takes it."""
    rule, sentences = language.locale.plural_form, language.sentences
    numbers = {str(rule(number)): number for number in reversed([*range(201), 1_000_000])}
    return {category: sentences.ngettext(one, other, number) for category, number in numbers.items()}


def _value(literal: str) -> str:
    """What a string says; of those that stand in the scripts, Python reads each as JavaScript does."""
    return str(ast.literal_eval(literal))


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
