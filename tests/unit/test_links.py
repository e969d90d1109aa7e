"""Where an address in a message begins and ends, and what is none."""

from __future__ import annotations

import re
from html import unescape
from time import process_time

import pytest

from widget.text import richtext

X = "https://a.com/x"

ENDS = [
    *(
        "“{}”",
        "„{}“",
        "«{}»",
        "»{}«",
        "‘{}’",
        "‹{}›",
        "（{}）",
        "「{}」",
        "『{}』です",
        "〈{}〉",
        "《{}》",
        "【{}】",
        "〔{}〕",
        "｢{}｣",
    ),
    *(
        "{}。",
        "{}，",
        "{}，好",
        "{}、次",
        "{}！",
        "{}？",
        "{}：",
        "{}；",
        "{}．",
        "{}…",
        "{}……",
        "{}—",
        "{}—and",
        "{}’s",
    ),
    *(
        "{}؟",
        "{}،",
        "{}؛",
        "{}۔",
        "{}।",
        "{}॥",
        "{}׃",
        "{}።",
        "{}՝",
        "{}։",
        "{}។",
        "{}၊",
        "{}။",
        "{}།",
        "{}๚",
        "{}¿",
        "{}–",
    ),
    *("{}.", "{},", "{};", "{}!", "{}?", "({})", "[{}]", '"{}"', "'{}'", "<{}>", "{}...", "{}?!", "*{}*"),
    *("{}\u200d", "{}\u200c", "{}\u200b", "{}\u2060", "{}\ufeff", "{}\u00ad", "{}\u200f", "{}\u200e", "{}\ufe0f"),
    *("{}\u3000次", "{}\u00a0and", "{}\u2028", "{}\u0085"),
]

ADDRESSES = [
    "https://a_b.example.com/x",
    "http://my_host:8080/",
    "https://_dmarc.example.com",
    "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/x",
    "http://[::1]:8080/a?b=[c]",
    "https://a.com/می‌خواهم",
    "https://a.com/👩‍💻",
    "https://ja.wikipedia.org/wiki/東京",
    "https://ja.wikipedia.org/wiki/ジョン・スミス/x",
    "https://a.com/a–b",
    "https://a.com/a,b;c'd(e)!f",
    "https://a.com/" + "x" * 2034,
    "https://a.com/" + "x" * 2035,
    "https://a.com/?token=" + "aB3-_.~%20" * 400,
    "https://user-content.example/" + "x" * 7900,
    "example.com",
    "example.de",
    "example.co.uk",
    "EXAMPLE.COM",
    "example.com:8080",
    "example.it/x",
    "t.me/someone",
    "bit.ly/abc",
    "foo.md/x",
    "www.example.it",
    "www.example.py",
    "пример.рф",
    "münchen.de",
]

WORDS = [
    *(
        "README.md",
        "setup.py",
        "main.rs",
        "run.sh",
        "script.pl.in",
        "ASP.NET",
        "VB.NET",
        "ok.it works",
        "yes.is it",
        "a.to",
    ),
    *(
        "look.at this",
        "see.me",
        "stop.so what",
        "node.js",
        "i.e.",
        "e.g.",
        "1.2.3",
        "3.pm",
        "end.No",
        "Mr.Us",
        "tsconfig.ts",
    ),
    *("http://[x", "http://[::g]/", "http://[]/", "http://[1.2.3.4]/", "http://_/", "https://exa\u200dmple.com/"),
    "https://a.com/\u202ex" + "y" * 3000,
]


def _links(text: str) -> list[str]:
    return [unescape(link) for link in re.findall(r"<a [^>]*>([^<]*)</a>", richtext.html(text))]


@pytest.mark.parametrize("sentence", ENDS)
def test_what_ends_or_frames_a_sentence_is_not_of_the_address(sentence: str) -> None:
    assert _links(sentence.format(X)) == [X]
    assert richtext.first_link(sentence.format(X)) == X
    assert _links(sentence.format("example.com/x")) == ["example.com/x"]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda it: it[:40])
def test_an_address_is_a_link_as_a_whole(address: str) -> None:
    assert _links(address) == [address]
    assert _links(f"see {address}, please") == [address]


@pytest.mark.parametrize("word", WORDS, ids=lambda it: it[:40])
def test_a_word_is_a_word(word: str) -> None:
    assert _links(word) == []
    assert _links(f"and {word} too") == []


@pytest.mark.parametrize(
    "text",
    [
        *("https://a.com/" + "'" * 7980, 'https://a.com/"' * 530, "https://a.com/" + "(" * 7980, "http://" * 1142),
        *("https://" + "a." * 3990, "https://" + "a_" * 3990, "https://" + "_" * 7990, "https://[" + ":" * 7990),
        *(
            "https://a.com/" + "\u200d" * 7980,
            "https://a.com/" + "–" * 7980,
            "–" * 8000,
            "\u200d." * 4000,
            "a_a." * 2000,
        ),
        *("https://a_b.com/（" * 500, "a.b（" * 2000, "https://a.com/[" * 530, "http://a\u200d" * 900),
    ],
    ids=lambda it: ascii(it[:24]),
)
def test_no_message_takes_long_to_search(text: str) -> None:
    began = process_time()
    richtext.html(text)
    assert process_time() - began < 0.1
