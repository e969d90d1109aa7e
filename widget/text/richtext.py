"""What people write, as HTML from a whitelist.

Fenced blocks are split off, markdown-it makes tokens of the rest, and a token is either one of the few pieces of HTML
below or escaped text. What is markup in a chat and not in Markdown stands in the rules at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, backtick, linkify
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markupsafe import Markup

from widget.text.links import LinkSearch, is_safe

# Where something may begin. Nobody types 600 of them, and each costs up to 50 µs: what exceeds that is only escaped.
_MARK = re.compile(r"[*_`@]|\.\w|://")
_MARKS = 600
_OPENING = re.compile(r"\n?^```[\w+#.-]*[ \t]*\n", re.MULTILINE)
_CLOSING = re.compile(r"\n?(?<!`)```[ \t]*$\n?", re.MULTILINE)

_TAGS = {
    "strong_open": Markup("<strong>"),
    "strong_close": Markup("</strong>"),
    "em_open": Markup("<em>"),
    "em_close": Markup("</em>"),
    "link_close": Markup("</a>"),
}
_LINK = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow ugc">')
_MAIL = Markup('<a href="{}" rel="noopener noreferrer nofollow ugc">')
_CODE = Markup("<code>{}</code>")
_BLOCK = Markup("<pre><code>{}</code></pre>")


def html(text: str) -> Markup:
    """Return a message of at most 8,000 characters as HTML.

    Links, e-mail addresses, *bold*, _italic_, `code` and blocks between lines of three backticks are live. All else is
    text with its line breaks and spaces, to be shown with `white-space: pre-wrap`.
    """
    return _remembered(text) if len(text) <= 2000 else _rendered(text)


def plain(text: str, limit: int = 120) -> str:
    """Return a message as one line of at most `limit` characters, without its markup."""
    # From the HTML, so that both agree on what is markup; a block stands apart from the words around it.
    line = html(text).replace("pre>", Markup("pre> ")).striptags()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


_FIRST_LINK = re.compile(r'<a href="(https?://[^"]+)"')


def first_link(text: str) -> str | None:
    """The address that the first link of a message leads to; None without one."""
    match = _FIRST_LINK.search(html(text))
    return unescape(match[1]) if match else None


def _rendered(text: str) -> Markup:
    return Markup().join(_pieces(text))


_remembered = lru_cache(maxsize=2000)(_rendered)  # one message is rendered for several people


def _pieces(text: str) -> Iterator[str]:
    """The message as Markup and as text that is still to be escaped."""
    marks = 0
    for part, is_block in _parts(text):
        if is_block:
            yield _BLOCK.format(part)
            continue
        number = len(_MARK.findall(part))
        marks += number
        if number and marks <= _MARKS:
            yield from map(_piece, _CHAT.parseInline(part)[0].children or [])
        else:
            yield part


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The message split at its fenced blocks; whether a part is one."""
    start = 0
    while opening := _OPENING.search(text, start):
        closing = _CLOSING.search(text, opening.end() + 1)  # a block has at least one character
        if not closing:
            break
        yield text[start : opening.start()], False
        yield text[opening.end() : closing.start()], True
        start = closing.end()
    yield text[start:], False


def _piece(token: Token) -> str:
    if token.type == "link_open":
        href = str(token.attrs["href"])
        return (_MAIL if href.lower().startswith("mailto:") else _LINK).format(href)
    if token.type == "code_inline":
        return _CODE.format(token.content)
    return _TAGS.get(token.type, token.content)


class _Chat(MarkdownIt):
    def __init__(self) -> None:
        super().__init__("zero", {"linkify": True})
        self.linkify = LinkSearch()
        self.core.ruler.enableOnly(["block", "inline", "linkify"])
        self.inline.ruler.enableOnly(["text", "linkify", "backticks"])
        self.inline.ruler.at("linkify", _link)
        self.inline.ruler.at("backticks", _code)
        self.inline.ruler.push("stars", _stars)
        self.inline.ruler.push("line", _line)
        self.inline.ruler2.after("balance_pairs", "stars", _pairs)

    def normalizeLink(self, url: str) -> str:
        """The address that a link leads to, or nothing when it has to stay text."""
        href = super().normalizeLink(url)
        return href if is_safe(href, url) else ""

    def validateLink(self, url: str) -> bool:
        return bool(url)

    def normalizeLinkText(self, url: str) -> str:
        """A link reads as it was written; the library would decode it."""
        return url


def _link(state: StateInline, silent: bool) -> bool:
    if linkify(state, silent):
        return True
    # The library looks for "http" in all pending text, each time. What ends with this colon need not be seen again.
    if state.src[state.pos] == ":" and state.pending:
        state.pushPending()
    return False


def _code(state: StateInline, silent: bool) -> bool:
    """Code within a line ends in the same line."""
    whole = state.posMax
    state.posMax = whole if (end := state.src.find("\n", state.pos, whole)) < 0 else end
    matched = backtick(state, silent)
    state.posMax = whole
    return matched


def _stars(state: StateInline, silent: bool) -> bool:
    """One or two stars or one underscore may begin or end something, but not within a word: 2*3*4, snake_case."""
    mark = state.src[state.pos]
    if mark not in "*_":
        return False
    run = state.scanDelims(state.pos, False)
    state.push("text", "", 0).content = mark * run.length
    if run.length == 1 or (mark == "*" and run.length == 2):
        # Two stars only pair with two, so theirs is another marker. Length 0 turns off Markdown's "rule of three".
        marker, token = ord(mark) * run.length, len(state.tokens) - 1
        state.delimiters.append(Delimiter(marker, 0, token, -1, run.can_open, run.can_close))
    state.pos += run.length
    return True


def _line(state: StateInline, silent: bool) -> bool:
    """Each line has stars of its own: what begins in one does not end in the next."""
    if state.src[state.pos] != "\n" or not state.delimiters:
        return False
    state.push("text", "", 0).content = "\n"
    state.tokens_meta[-1] = {"delimiters": state.delimiters}
    state.delimiters = []
    state.pos += 1
    return True


def _pairs(state: StateInline) -> None:
    """What the library has paired becomes tags."""
    for delimiters in [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]:
        for opener in delimiters:
            if opener.end < 0:
                continue
            for delimiter, kind, nesting in ((opener, "open", 1), (delimiters[opener.end], "close", -1)):
                token = state.tokens[delimiter.token]
                token.type = ("em_" if token.content == "_" else "strong_") + kind
                token.nesting = nesting


_CHAT = _Chat()
# The patterns for links are compiled at their first use, for up to 60 ms: better before somebody waits for it.
_CHAT.parseInline("example.com")
