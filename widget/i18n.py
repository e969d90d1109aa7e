"""Words that people read: every sentence goes through gettext, whole, with its plural forms.

`_("…")` translates now, for the reader of this request or of `reader(…)`; `lazy("…")` when it is used, for constants;
`mark("…")` not at all: it puts a sentence into the catalogue that `_` is given as a value later.
The languages lie in `widget/translations`; English is what the code says.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Literal

import flask_babel
from babel import Locale, negotiate_locale
from babel.lists import format_list
from babel.numbers import format_decimal
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import lazy_gettext as lazy

__all__ = ["_", "lazy", "mark", "ngettext"]

SOURCE = "en"
"""The language of the sentences in the code."""

_LANGUAGES = "chat-languages"


def register(app: Flask) -> None:
    """Let templates and code of this app translate, into the languages that `translations` has."""
    flask_babel.Babel(app, default_locale=SOURCE, locale_selector=_of_request)
    folders = app.extensions["babel"].translation_directories
    found = {path.parent.parent.name for it in folders for path in Path(it).glob("*/LC_MESSAGES/messages.mo")}
    app.extensions[_LANGUAGES] = (SOURCE, *sorted(found - {SOURCE}))
    app.jinja_env.globals.update(locale=locale, direction=direction)


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with the values in place of its %(name)s."""
    translated: str = flask_babel.gettext(sentence, **values)
    return translated


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """The sentence for that many, in the reader's language; %(num)s is their number."""
    translated: str = flask_babel.ngettext(singular, plural, num, **values)
    return translated


def mark(sentence: str) -> str:
    """The sentence as it is, put into the catalogue."""
    return sentence


def wanted_by_browser(given: str | None) -> str | None:
    """What a user reads, as a code to keep: what was given, or the language that their browser likes best."""
    return given or next((code for code, _quality in request.accept_languages if code != "*"), None)


def answer_in(code: str | None) -> None:
    """Answer this request in the language of a user who reads `code`; None changes nothing."""
    if code:
        g.language = code
        flask_babel.refresh()


def reader(code: str | None) -> AbstractContextManager[None]:
    """Within this, sentences are in the language of a user who reads `code`; None is the site's own language."""
    wanted = _supported(current_app.extensions[_LANGUAGES], code)
    return nullcontext() if wanted == flask_babel.get_locale() else flask_babel.force_locale(wanted)


def locale() -> str:
    """The language that sentences are in now, as HTML names it (BCP 47)."""
    return str(_locale()).replace("_", "-")


def direction() -> str:
    """In which direction that language is written: ltr or rtl."""
    return _locale().text_direction


def number(value: float, pattern: str | None = None) -> str:
    """A number as the reader writes it: 8,000; `pattern` is one of CLDR's, such as #,##0.0."""
    return format_decimal(value, pattern, _locale())


def listing(names: Iterable[str], kind: Literal["unit", "or"] = "unit") -> str:
    """Names one after the other, as the reader lists them: "Ana, Bo, Cem", or with `or` "Ana or Bo"."""
    names = list(names)
    return format_list(names, kind, _locale()) if len(names) > 1 else "".join(names)


def _of_request() -> Locale:
    """The language of whoever asks: what the page's address says, what the user reads, what the browser likes."""
    languages: tuple[str, ...] = current_app.extensions[_LANGUAGES]
    if not has_request_context():
        return _supported(languages)
    asked = request.args.get("locale") or g.get("language")
    return _supported(languages, *([asked] if asked else (code for code, _quality in request.accept_languages)))


def _locale() -> Locale:
    return flask_babel.get_locale() or _parsed(SOURCE)


def _supported(languages: tuple[str, ...], *wanted: str | None) -> Locale:
    """The language there is that fits the first of these codes (BCP 47) that fits any; else SOURCE."""
    if len(languages) == 1:
        return _parsed(SOURCE)
    codes = [code.replace("-", "_") for code in wanted if code]
    return _parsed(negotiate_locale(codes, languages, sep="_") or SOURCE)


@cache
def _parsed(code: str) -> Locale:
    return Locale.parse(code)
