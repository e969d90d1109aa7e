"""Which words of a message are links: linkify-it's search, within bounds, and with what it does not know of."""

from __future__ import annotations

import ipaddress
from typing import Any

import regex
from linkify_it import LinkifyIt
from linkify_it.main import Match

MOST = 8000
"""Characters of an address; a message has no more."""

_LONG = 2048
"""From here on an address is a program's, and of the characters that programs write."""

_ENDS = r"\s\p{Terminal_Punctuation}\p{Quotation_Mark}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\u2014\u2015\u2026\u22ef\u00a1\u00bf"
# What ends or frames a sentence in any script ends an address, except ASCII, which the library weighs itself.
_INSIDE = rf"[^[{_ENDS}]--[\x21-\x7e]]"
# The library's search takes a time quadratic in a word, and exponential in the number of its "xn--". So it sees one
# word at a time, and none that is no link anyway; an address without a scheme is short.
_SHORT_WORD = regex.compile(rf"(?<!{_INSIDE}){_INSIDE}{{4,128}}+(?!{_INSIDE})", regex.V1)
_WORD = regex.compile(rf"{_INSIDE}{{1,{_LONG}}}+(?!{_INSIDE})", regex.V1)
_LONG_WORD = regex.compile(rf"https?://[a-z0-9.-]+(?::\d+)?[/?#][!#-;=?-Z_a-z~\[\]]{{1,{MOST}}}+", regex.I | regex.V1)
_KNOT = regex.compile("xn--|://", regex.I)

# What may stand within an address and does not end it: dashes, dots, and what nobody sees (save what turns the text).
_TAIL = regex.compile(r"[[\p{P}--[\x00-\x7f]]!?\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f]+\Z", regex.V1)

# Nothing before the host, since user info passes itself off as the host.
_HREF = regex.compile(
    r"https?://(?:[a-z0-9._-]+|\[(?P<ipv6>[0-9a-f:.]+)\])(?::\d+)?(?:[/?#].*)?|mailto:[\w.+-]+@[a-z0-9.-]+",
    regex.A | regex.I,
)
# Control characters, and those that change the direction: the address would look like another one. Words of many
# languages and emoji need joiners, but no host does.
_INVISIBLE = regex.compile(r"[\p{Cc}\p{Cf}--[\u200c\u200d]]|^[^:]*:/*[^/?#]*[\u200c\u200d]", regex.V1)
# What stands before these was not the whole address.
_CUT = regex.compile(r"[@\x00-\x08\x0e-\x1f\x7f]")

_COUNTRIES = (
    "ac ad ae af ag al ao ar az ba bd bf bg bh bo br bw bz ca cd ch ci cl cm cn cr cu cv cy cz de dj dk dz ec ee eg er "
    "es et eu fi fj fr ge gh gr gt hk hn hr ht hu id ie il io iq ir jm jo jp ke kg kh kr kw kz lb lk lt lu lv ly ma mg "
    "mk mm mn mo mt mu mx mz na ng ni nl np nz om pa pe pk pt qa ro ru rw sa sd se sg si sk sn su sv sy td tg th tj tn "
    "tr tw tz ua ug uk uy uz ve vn ye za zm zw ai"
)
"""Countries whose ending is neither a word that follows a forgotten space (.it, .at) nor that of a file (.md, .py)."""

WELL_KNOWN = frozenset(
    f"com org net edu gov info biz pro name aero coop museum app dev рф укр {_COUNTRIES} pl co tv".split()
)
"""Endings of hosts that make a link of a word without a scheme, `www.` or a path."""


class LinkSearch:
    """What markdown-it asks for the links of a text."""

    def __init__(self) -> None:
        self._linkify = LinkifyIt()
        self._linkify.tlds(["app", "dev", "укр"], keep_old=True)
        self._linkify.add("ftp:", None).add("//", None)
        self._linkify.add("http:", {"validate": self._after_scheme}).add("https:", "http:")
        own, host = self._linkify.re, _host(self._linkify.re)
        rest = own["src_port"] + own["src_host_terminator"] + own["src_path"]
        self._address = regex.compile("//" + own["src_auth"] + host + rest, regex.I | regex.V0)

    def pretest(self, text: str) -> bool:
        """Whether a text may have a link."""
        return "." in text

    test = pretest

    def match(self, text: str) -> list[Any]:
        """All links with and without a scheme, except those with a scheme that `match_at_start` has found before."""
        links = []
        for word in _SHORT_WORD.finditer(text):
            if "." not in word[0] or _is_knotty(word[0]):
                continue
            for link in self._linkify.match(word[0]) or []:
                link = _without_tail(link)
                link.index += word.start()
                link.last_index += word.start()
                if not _CUT.match(text, link.last_index) and _is_address(link):
                    links.append(link)
        return links

    def match_at_start(self, text: str) -> Any:
        """The link with a scheme that the text begins with, or None."""
        word = _WORD.match(text)
        if word is None:
            return _long_address(text)
        if _is_knotty(word[0]):
            return None
        link = self._linkify.match_at_start(word[0])
        if link is None:
            return None
        link = _without_tail(link)
        return None if _CUT.match(text, link.last_index) else link

    def _after_scheme(self, text: str, position: int) -> int:
        match = self._address.match(text, position)
        return match.end() - position if match else 0


def is_safe(href: str, written: str) -> bool:
    """Whether a link to `href` leads where `written`, what people see of it, lets them expect."""
    match = _HREF.fullmatch(href)
    if match is None or _INVISIBLE.search(written):
        return False
    try:
        return match["ipv6"] is None or bool(ipaddress.IPv6Address(match["ipv6"]))
    except ValueError:
        return False


def _host(own: dict[str, str]) -> str:
    """A host as linkify-it has it, and with underscores, which are no host's and in the names of many."""
    letter = f"(?:_|{own['src_pseudo_letter']})"
    label = f"(?:(?!-)(?:-|{letter}){{0,61}}{own['src_pseudo_letter']})"
    return rf"(?:\[[0-9a-f.]*:[0-9a-f:.]{{1,45}}\]|(?:{label}\.)*{label})"


def _long_address(text: str) -> Any:
    word = _LONG_WORD.match(text)
    if word is None or _is_knotty(word[0]) or regex.match(_INSIDE, text[word.end() :][:1], regex.V1):
        return None
    end = len(word[0].rstrip(".,:;!?)]'*_"))
    return Match(text, word[0].partition(":")[0] + ":", 0, end)


def _without_tail(link: Any) -> Any:
    tail = _TAIL.search(link.raw)
    if tail is not None:
        cut = len(tail[0])
        link.last_index -= cut
        link.raw, link.text, link.url = link.raw[:-cut], link.text[:-cut], link.url[:-cut]
    return link


def _is_address(link: Any) -> bool:
    """Whether what has no scheme is an address, and not a file's name, or two words without their space."""
    if link.schema or regex.match(r"www\.", link.raw, regex.I):
        return True
    host, path, _ = link.raw.partition("/")
    ending = regex.split("[?#:]", host, maxsplit=1)[0].rpartition(".")[2]
    # "ASP.NET" is no address; "EXAMPLE.COM" is one.
    return bool(path) or ending == "COM" or ending.startswith("xn--") or (ending in WELL_KNOWN)


def _is_knotty(word: str) -> bool:
    return len(_KNOT.findall(word)) > 4
