"""Reads the markup that messages become, and fails at whatever is not on the whitelist."""

from __future__ import annotations

import re
from html.parser import HTMLParser

REL = "noopener noreferrer nofollow ugc"
ATTRIBUTES = {
    "a": ({"href", "target", "rel"}, {"href", "rel"}),
    "strong": (set[str](),),
    "em": (set[str](),),
    "code": (set[str](),),
    "pre": (set[str](),),
}


class Markup(HTMLParser):
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
