"""What people write becomes the markup of a whitelist, and never anything else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from widget.text import richtext

REL = "noopener noreferrer nofollow ugc"
ATTRIBUTES = {
    "a": ({"href", "target", "rel"}, {"href", "rel"}),
    "strong": (set[str](),),
    "em": (set[str](),),
    "code": (set[str](),),
    "pre": (set[str](),),
}


class Page(HTMLParser):
    """Reads HTML as a browser would, and fails at anything that is not on the whitelist."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(str(html))  # a slice of Markup would escape what is added to it
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} in ATTRIBUTES[tag]
        assert len({name for name, _ in attrs}) == len(attrs)
        self.open.append(tag)
        if tag == "a":
            values = dict(attrs)
            href = values["href"] or ""
            assert re.match(
                r"(https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?([/?#]|$)|mailto:[^@:?]+@[^@?]+$)", href, re.IGNORECASE
            )
            assert values["rel"] == REL
            assert values.get("target") == (None if href.lower().startswith("mailto:") else "_blank")
            assert self.open.count("a") == 1
            self.links.append(href)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in order"

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)


def link(href: str, text: str | None = None) -> str:
    """A link as it should look."""
    return f'<a href="{href}" target="_blank" rel="{REL}">{text or href}</a>'


def mail(href: str, text: str) -> str:
    """A link to an e-mail address as it should look."""
    return f'<a href="{href}" rel="{REL}">{text}</a>'


def is_subsequence(part: str, whole: str) -> bool:
    """Whether `part` is what remains of `whole` when some characters are left out."""
    rest = iter(whole)
    return all(character in rest for character in part)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold*", "<strong>bold</strong>"),
        ("**bold**", "<strong>bold</strong>"),
        ("_italic_", "<em>italic</em>"),
        ("`code`", "<code>code</code>"),
        ("a *b c* d, _e_!", "a <strong>b c</strong> d, <em>e</em>!"),
        ("*_both_* _*both*_", "<strong><em>both</em></strong> <em><strong>both</strong></em>"),
        ("(*b*) „*b*“ *b*: *b*.", "(<strong>b</strong>) „<strong>b</strong>“ <strong>b</strong>: <strong>b</strong>."),
        ("*a*\n_b_", "<strong>a</strong>\n<em>b</em>"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("*Größe* _日本_ *привет*", "<strong>Größe</strong> <em>日本</em> <strong>привет</strong>"),
        ("`` a`b ``", "<code>a`b</code>"),
        ("```x```", "<code>x</code>"),
        ("`*a* _b_ example.com`", "<code>*a* _b_ example.com</code>"),
    ],
)
def test_stars_underscores_and_backticks_are_markup(text: str, html: str) -> None:
    assert richtext.html(text) == html


@pytest.mark.parametrize(
    "text", ["2*3*4", "a*b*c", "*a*b", "a*b*", "5 * 3 * 2", "* one\n* two", "*a *", "* a*", "**a*", "*a**", "***a***"]
)
def test_stars_inside_words_are_no_markup(text: str) -> None:
    assert richtext.html(text) == text


@pytest.mark.parametrize("text", ["snake_case_name", "__init__", "__a__", "_a", "a_", "_ a _", "__", "_a_b", "a_b_ c"])
def test_underscores_inside_words_are_no_markup(text: str) -> None:
    assert richtext.html(text) == text


@pytest.mark.parametrize("text", ["*a\nb*", "_a\n\nb_", "*a\n*\nb*", "`a\nb`", "**a _b\nc_ d**", "`a *b\nc* `"])
def test_what_begins_in_one_line_does_not_end_in_the_next(text: str) -> None:
    assert richtext.html(text) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("```\na\n```", "<pre><code>a</code></pre>"),
        ("```python\na\n  b\n\n\nc\n```", "<pre><code>a\n  b\n\n\nc</code></pre>"),
        ("```\na```", "<pre><code>a</code></pre>"),
        ("before\n```\na\n```\nafter", "before<pre><code>a</code></pre>after"),
        ("before\n\n```\na\n```\n\nafter", "before\n<pre><code>a</code></pre>\nafter"),
        ("```\na\n```\n```\nb\n```", "<pre><code>a</code></pre><pre><code>b</code></pre>"),
        ("```\n*a* _b_ `c` example.com\n```", "<pre><code>*a* _b_ `c` example.com</code></pre>"),
        ("```\n<b>&amp;\n```", "<pre><code>&lt;b&gt;&amp;amp;</code></pre>"),
        ("*a*\n```\nb\n```\n*c*", "<strong>a</strong><pre><code>b</code></pre><strong>c</strong>"),
        ("```\nnever ends, *a*", "```\nnever ends, <strong>a</strong>"),
        ("```\n```", "```\n```"),
        ("````\na\n````", "````\na\n````"),
        ("```\na\n````", "```\na\n````"),
    ],
)
def test_what_stands_between_three_backticks_is_a_block(text: str, html: str) -> None:
    assert richtext.html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("https://example.com", link("https://example.com")),
        ("see http://example.com/a?b=1#c.", "see " + link("http://example.com/a?b=1#c") + "."),
        ("(https://example.com/a_(b))", "(" + link("https://example.com/a_(b)") + ")"),
        ("https://example.com/?a=1&b=2", link("https://example.com/?a=1&amp;b=2")),
        ("http://localhost:5000/x", link("http://localhost:5000/x")),
        ("https://example.com/@you", link("https://example.com/@you")),
        ("https://example.com/_a_/*b*/c", link("https://example.com/_a_/*b*/c")),
        ("*https://example.com/a*", "<strong>" + link("https://example.com/a") + "</strong>"),
        ("_example.com_", "<em>" + link("http://example.com", "example.com") + "</em>"),
        ("a\nexample.com\nb", "a\n" + link("http://example.com", "example.com") + "\nb"),
        ("example.com/x", link("http://example.com/x", "example.com/x")),
        ("www.example.com", link("http://www.example.com", "www.example.com")),
        ("https://example.com/" + "a" * 1000, link("https://example.com/" + "a" * 1000)),
        ("me@example.com", mail("mailto:me@example.com", "me@example.com")),
        ("snake_case@example.com", mail("mailto:snake_case@example.com", "snake_case@example.com")),
        ("mailto:me@example.com", mail("mailto:me@example.com", "mailto:me@example.com")),
        ("MAILTO:me@example.com", mail("MAILTO:me@example.com", "MAILTO:me@example.com")),
    ],
)
def test_links_and_addresses_are_live(text: str, html: str) -> None:
    assert richtext.html(text) == html


@pytest.mark.parametrize(
    "text",
    ["https://münchen.example/ä ö", "https://xn--mnchen-3ya.example/%61%C3%A4", "HTTPS://Example.COM/A", "münchen.de"],
)
def test_a_link_reads_as_it_was_written(text: str) -> None:
    page = Page(richtext.html(text))
    assert page.text == text
    assert len(page.links) == 1
    assert page.links[0].isascii()


@pytest.mark.parametrize(
    "text",
    [
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://bank.example:443@evil.example/",
        "http://@example.com",
        "https://" + "a" * 60 + "@example.com",
        "me@example.com@example.net",
        "ftp://example.com/a",
        "//example.com/a",
        "file:///etc/passwd.de",
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:msgbox",
        "tel:112",
        "https://example.com/\u202egpj.exe",
        "https://exam\u200bple.com/",
        "https://exam\x07ple/",
        "E-Mail:me@example.com",
        "https:///etc",
        "http://",
        "version 1.2.3.4",
    ],
)
def test_other_addresses_stay_text(text: str) -> None:
    page = Page(richtext.html(text))
    assert (page.text, page.links) == (text, [])


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
    assert is_subsequence(Page(richtext.html(text)).text, text)


@pytest.mark.parametrize(
    "text", ["&amp;", "&#42;a&#42;", "a\\*b", "\\", "# a", "> a", "- a", "1. a", "| a | b |", "---", "<b>"]
)
def test_the_rest_of_markdown_and_of_html_is_text(text: str) -> None:
    assert Page(richtext.html(text)).text == text
    assert "<" not in richtext.html(text)


@pytest.mark.parametrize("text", ["a\nb", "a\n\n\nb", "a   b", "  a  \n  b\t", "\n", " ", ""])
def test_line_breaks_and_spaces_stay_as_they_are(text: str) -> None:
    assert richtext.html(text) == text
    assert richtext.html(text + " *b*") == text + " <strong>b</strong>"


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
    page = Page(richtext.html(text))
    assert is_subsequence(page.text, text)
    left_out = len(text) - len(page.text)
    assert left_out <= len(re.findall(r"[*_`\n ]|```[\w+#.-]*", text)) + len("py") * text.count("```py")


@given(st.text(alphabet=st.characters(exclude_characters="*_`@.:\r", exclude_categories=["Cs"])))
def test_text_without_markup_is_text(text: str) -> None:
    html = richtext.html(text)
    assert "<" not in html
    assert Page(html).text == text


@given(texts, st.integers(2, 200))
def test_a_line_is_what_can_be_read_of_the_html(text: str, limit: int) -> None:
    whole = richtext.plain(text, 10_000)
    assert whole == " ".join(whole.split())
    assert "".join(whole.split()) == "".join(Page(richtext.html(text)).text.split())
    line = richtext.plain(text, limit)
    assert len(line) <= limit
    assert line == whole if len(whole) <= limit else whole.startswith(line[:-1]) and line[-1] == "…"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("*a* _b_ `c`", "a b c"),
        ("2*3*4 &amp; <b>", "2*3*4 &amp; <b>"),
        ("one\n\ntwo   three ", "one two three"),
        ("see\n```py\na\n  b\n```\nthere", "see a b there"),
        ("*https://example.com/a_b*", "https://example.com/a_b"),
        ("pre> <pre> `</pre>`", "pre> <pre> </pre>"),
        ("x" * 200, "x" * 119 + "…"),
        ("", ""),
    ],
)
def test_lists_and_notifications_show_one_line_without_markers(text: str, line: str) -> None:
    assert richtext.plain(text) == line
