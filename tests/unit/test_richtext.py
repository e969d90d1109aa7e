"""What people write, and the markup that it becomes."""

from __future__ import annotations

import pytest

from tests.unit.markup import Markup, link, mail
from widget.text import richtext


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
    page = Markup(richtext.html(text))
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
    page = Markup(richtext.html(text))
    assert (page.text, page.links) == (text, [])


@pytest.mark.parametrize(
    "text", ["&amp;", "&#42;a&#42;", "a\\*b", "\\", "# a", "> a", "- a", "1. a", "| a | b |", "---", "<b>"]
)
def test_the_rest_of_markdown_and_of_html_is_text(text: str) -> None:
    assert Markup(richtext.html(text)).text == text
    assert "<" not in richtext.html(text)


@pytest.mark.parametrize("text", ["a\nb", "a\n\n\nb", "a   b", "  a  \n  b\t", "\n", " ", ""])
def test_line_breaks_and_spaces_stay_as_they_are(text: str) -> None:
    assert richtext.html(text) == text
    assert richtext.html(text + " *b*") == text + " <strong>b</strong>"


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
