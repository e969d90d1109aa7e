"""Words that people read: every sentence goes through gettext, whole, with its plural forms.

`_("…")` translates now, for the reader of this request or of `reader(…)`; `lazy("…")` when it is used, for constants;
`mark("…")` not at all: it puts a sentence into the catalogue that `_` is given as a value later.
The languages lie in `widget/translations`; English is what the code says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from gettext import NullTranslations
from pathlib import Path
from typing import Literal

from babel import Locale, negotiate_locale
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request

__all__ = ["_", "lazy", "mark", "ngettext"]

FOLDER = Path(__file__).with_name("translations")

NAME = "chat-languages"
"""Under which Flask keeps the languages in `app.extensions`."""

# What `g` and `current_app` stand for: each look through such a proxy takes as long as finding a sentence does.
_g: Callable[[], object] = g._get_current_object
_app: Callable[[], Flask] = current_app._get_current_object  # type: ignore[attr-defined]


@dataclass(frozen=True, eq=False)
class Language:
    """A language that there are sentences in."""

    locale: Locale
    sentences: NullTranslations

    @property
    def code(self) -> str:
        """As HTML names it (BCP 47)."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """In which direction it is written: ltr or rtl."""
        return self.locale.text_direction


SOURCE = Language(Locale("en"), NullTranslations())
"""The language of the sentences in the code."""


def register(app: Flask) -> None:
    """Let templates and code of this app translate, into the languages that FOLDER has."""
    languages = {str(SOURCE.locale): SOURCE}
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.mo")):
        code = path.parent.parent.name
        languages[code] = Language(Locale.parse(code), Translations.load(str(FOLDER), [code]))
    app.extensions[NAME] = languages
    app.jinja_env.add_extension("jinja2.ext.i18n")
    # Plain gettext, not Jinja's newer kind: that makes Markup of every sentence, which takes ten times as long.
    app.jinja_env.install_gettext_callables(_, ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=_, language=language, number=number, listing=listing)


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with the values in place of its %(name)s."""
    translated = language().sentences.gettext(sentence)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """The sentence for that many, in the reader's language; %(num)s is their number."""
    return language().sentences.ngettext(singular, plural, num) % {"num": num, **values}


class lazy:
    """A sentence that is translated when it is used, by `str()`."""

    def __init__(self, sentence: str):
        self._sentence = sentence

    def __str__(self) -> str:
        return _(self._sentence)


def mark(sentence: str) -> str:
    """The sentence as it is, put into the catalogue."""
    return sentence


def language() -> Language:
    """The language that sentences are in now."""
    if not has_app_context():
        return SOURCE
    known: dict[str, Language] = vars(_g())
    current = known.get("language")
    if current is None:
        current = g.language = _of_request() if has_request_context() else SOURCE
    return current


def read_by(code: str | None) -> Language:
    """The language for somebody who reads `code`; the site's own when that is None, or there is no such language."""
    return _supported([code] if code else [])


def answer_in(code: str | None) -> None:
    """Answer this request in the language of a user who reads `code`; None changes nothing."""
    if code:
        g.language = read_by(code)


@contextmanager
def reader(code: str | None) -> Iterator[None]:
    """Within this, sentences are in the language of somebody who reads `code`."""
    before = language()
    g.language = read_by(code)
    try:
        yield
    finally:
        g.language = before


def wanted_by_browser(given: str | None) -> str | None:
    """What a user reads, as a code to keep: what was given, or the language that their browser likes best."""
    return given or next((code for code, _quality in request.accept_languages if code != "*"), None)


def number(value: float, pattern: str | None = None) -> str:
    """A number as the reader writes it: 8,000; `pattern` is one of CLDR's, such as #,##0.0."""
    return format_decimal(value, pattern, language().locale)


def listing(names: Iterable[str], kind: Literal["unit", "or"] = "unit") -> str:
    """Names one after the other, as the reader lists them: "Ana, Bo, Cem", or with `or` "Ana or Bo"."""
    names = list(names)
    return format_list(names, kind, language().locale) if len(names) > 1 else "".join(names)


def _of_request() -> Language:
    """The language of whoever asks: what the address of the page says, or what the browser likes."""
    if len(_app().extensions[NAME]) == 1:
        return SOURCE
    locale = request.args.get("locale")
    return _supported([locale] if locale else [code for code, _quality in request.accept_languages])


def _supported(wanted: list[str]) -> Language:
    """The language there is that fits the first of these codes (BCP 47) that fits any; else SOURCE."""
    languages: dict[str, Language] = _app().extensions[NAME]
    if len(languages) == 1:
        return SOURCE
    code = negotiate_locale([it.replace("-", "_") for it in wanted], languages, sep="_")
    return languages[code] if code else SOURCE
