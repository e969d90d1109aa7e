"""How templates are read: their layout is for whoever edits them, and is not sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, Undefined
from jinja2.ext import Extension

# What a template consists of: comments, statements and expressions of Jinja, tags of HTML with those in them, text.
_JINJA = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
_TAG = rf"<!?/?[a-zA-Z](?:{_JINJA}|\"(?:{_JINJA}|[^\"])*\"|'(?:{_JINJA}|[^'])*'|[^>\"'])*>"
_PIECES = re.compile(rf"(?:{_JINJA})|(?P<tag>{_TAG})", re.DOTALL)
_BREAK = re.compile(r"[ \t]*\n\s*")
_AFTER_BREAK = re.compile(r"[ \t]*\n\s*\Z")
_OPENS = re.compile(r"<(?!/|br\b|img\b|input\b)|\{[%#]")
_CLOSES = re.compile(r"</|\{[%#]|\Z")


def compact(source: str) -> str:
    """The template without its layout.

    Between two tags or pieces of Jinja, a line break with the spaces around it is nothing; so it is after a tag that
    opens and before one that closes. Elsewhere in a text, and within a tag, it is one space. A space that is to be
    seen between two tags stands on their line, or is written as {{ " " }}.
    """
    parts: list[str] = []
    end, before = 0, ""
    for piece in _PIECES.finditer(source):
        parts.append(_text(source[end : piece.start()], before, piece[0]))
        before = _BREAK.sub(" ", piece[0]).replace(" />", "/>") if piece["tag"] else piece[0]
        parts.append(before)
        end = piece.end()
    parts.append(_text(source[end:], before, ""))
    return "".join(parts)


def _text(text: str, before: str, after: str) -> str:
    """What stands between two tags or pieces of Jinja."""
    if text.isspace():
        return "" if "\n" in text else text
    if not before or _OPENS.match(before):
        text = re.sub(r"\A[ \t]*\n\s*", "", text)
    if _CLOSES.match(after):
        text = _AFTER_BREAK.sub("", text)
    return _BREAK.sub(" ", text)


class Compact(Extension):
    """Reads templates without their layout; once for each, when it is compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source that is compiled."""
        return compact(source) if name and name.endswith(".html") else source


_METHODS = frozenset(dir(dict))
"""What a template calls of a dictionary, whatever keys it has: a page may tell of its visitor that their "items" …"""


class QuickEnvironment(Environment):
    """Flask's environment, in which a template has its globals in a plain dictionary, as they are when it is loaded,
    looks into a dictionary for a key first, and is found at once when it is needed again.

    Jinja's own globals are a chain of two, which it walks through for each rendering and each import of a macro: a
    fifth of what a message's fragment took. And it looks for an attribute first, which our shapes, being dictionaries,
    never have: an exception for each of the two hundred places in which a message's templates name one.
    """

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self._known: dict[str, Template] = {}
        self._missing: dict[str, Undefined] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """The template of this name; of those that may be edited, as it is now."""
        known = self._known.get(name) if isinstance(name, str) and not globals else None
        if known is None:
            known = super().get_template(name, parent, globals)
            if isinstance(name, str) and not globals and not self.auto_reload:
                self._known[name] = known
        return known

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` is in a template; of a key that a shape does not have, the same nothing each time."""
        if type(obj) is not dict or attribute in _METHODS:
            return super().getattr(obj, attribute)
        if attribute in obj:
            return obj[attribute]
        if attribute not in self._missing:
            self._missing[attribute] = self.undefined(obj={}, name=attribute)
        return self._missing[attribute]

    def make_globals(self, d: Mapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template."""
        return {**self.globals, **(d or {})}
