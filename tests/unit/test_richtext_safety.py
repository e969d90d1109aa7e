"""Whatever is written, only the markup of a whitelist comes out, in a moment, and nothing that was written is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.markup import Markup, is_subsequence
from widget.text import richtext

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<!-- --><style>*{}</style><![CDATA[x]]>",
    "</code></pre><script>x</script>",
    "`</code><script>x</script>`",
    "```\n</code></pre><script>x</script>\n```",
    "```<script>\nx\n```",
    '```"onclick=x\nx\n```',
    '*<b onclick="x">*',
    'https://example.com/"onmouseover="alert(1)',
    "https://example.com/'onmouseover='alert(1)",
    'https://example.com/"><script>alert(1)</script>',
    "https://example.com/`onmouseover=alert(1)`",
    "https://example.com/&quot;onclick=x",
    "https://example.com/<b>",
    'me@example.com"onclick="x',
    '"onclick=x@example.com',
    "me@example.com?subject=x&body=<script>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(document.cookie)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "java\nscript://example.com",
    "&#106;avascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<javascript:alert(1)>",
    "<https://example.com>",
    "[x]: javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://example.com\\@evil.example/",
    "https://example.com/\\evil.example",
    "https://example.com#@evil.example",
    "*_*_*_ **_ _** `*` *`* _`_`_",
    "*a _b* c_ **d *e** f* __g_h__",
    "_*_ *_* **** ____ *** `` ` ``` ````",
    "*https://example.com/*a*b_ _https://example.com/_*",
    "\u202e*gpj.exe* https://example.com/\u202e\u2066x \u2069\u200f",
    "\x00*a*\x00 https://example.com/\x00 \x00",
    "＜script＞ https://ｅｘａｍｐｌｅ．ｃｏｍ/",
    "*" * 8000,
    "*a " * 2666,
    "_*" * 4000,
    "`a" * 4000,
    "[" * 8000,
    "<" * 8000,
    "a@" * 4000,
    "a.b." * 2000,
    "http://" * 1142,
    "*https://example.com/_a_* " * 290,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:30]))
def test_no_html_of_the_writer_passes(text: str) -> None:
    assert is_subsequence(Markup(richtext.html(text)).text, text)


@pytest.mark.parametrize("piece", ["*a* ", "`a` ", "example.com ", "me@example.com ", "https://example.com "])
def test_text_with_more_markup_than_anybody_writes_is_only_escaped(piece: str) -> None:
    assert "</" in richtext.html(piece * 100)
    assert richtext.html(piece * (8000 // len(piece))) == piece * (8000 // len(piece))


def test_a_word_that_the_search_for_links_would_never_finish_is_not_searched() -> None:
    for word in ("dea.xn--" * 15, "https://" + "dea.xn--" * 60, "me@" + "dea.xn--" * 15):
        assert richtext.html(word + " *a*") == word + " <strong>a</strong>"


WORDS = ["wort", "ü", "日本", "👍🏽", "example.com", "https://example.com/a", "me@example.com", "www.", "javascript:"]
MARKS = [
    *"*_`*_`*_`\n <>&\"'@:/.,()[]#?-\\|\t\x00\u200d\u202e",
    "**",
    "__",
    "```",
    "\n```\n",
    "```py\n",
    "<b>",
    "&amp;",
    "://",
]

texts = st.lists(st.sampled_from(WORDS) | st.sampled_from(MARKS), max_size=40).map("".join)


@given(texts)
@example("*_*_ ** `_` https://example.com/_*`a\n```\n*\n```\n_")
def test_whatever_is_written_only_the_whitelist_comes_out(text: str) -> None:
    page = Markup(richtext.html(text))
    assert is_subsequence(page.text, text)
    left_out = len(text) - len(page.text)
    assert left_out <= len(re.findall(r"[*_`\n ]|```[\w+#.-]*", text)) + len("py") * text.count("```py")


@given(st.text(alphabet=st.characters(exclude_characters="*_`@.:\r", exclude_categories=["Cs"])))
def test_text_without_markup_is_text(text: str) -> None:
    html = richtext.html(text)
    assert "<" not in html
    assert Markup(html).text == text


@given(texts, st.integers(2, 200))
def test_a_line_is_what_can_be_read_of_the_html(text: str, limit: int) -> None:
    whole = richtext.plain(text, 10_000)
    assert whole == " ".join(whole.split())
    assert "".join(whole.split()) == "".join(Markup(richtext.html(text)).text.split())
    line = richtext.plain(text, limit)
    assert len(line) <= limit
    assert line == whole if len(whole) <= limit else whole.startswith(line[:-1]) and line[-1] == "…"
