"""What a web page says of itself, read from its bytes in the child process: it is a stranger's, and may mean harm."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from widget.text import addresses, charsets

IMAGES = 3
"""How many images of a page are remembered, in case the first cannot be had."""

REFRESH = 10
"""Seconds after which a page that leads elsewhere is a page in its own right."""

_IMAGE_NAMES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_REFRESH = re.compile(
    r"\s*(\d+)(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?([\"']?)(?!url\s*=)(.+)", re.IGNORECASE | re.DOTALL
)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class PageMetadata:
    """What a page says of itself; empty where it says nothing."""

    title: str = ""
    description: str = ""
    site: str = ""
    images: tuple[str, ...] = ()
    """The addresses of its images, the best first."""
    refresh: str = ""
    """Where it leads at once, by <meta http-equiv="refresh">."""


def inspect(file: Path, _workshop: Path, url: str, charset: str) -> dict[str, Any]:
    """The child's task "page": the fields of PageMetadata for the page in `file`, which was at `url`."""
    return vars(parse(charsets.decode(file.read_bytes(), charset), url))


def parse(html: str, url: str) -> PageMetadata:
    """Open Graph (ogp.me), Twitter's cards, and the plain <title> and description, in this order."""
    tree = LexborHTMLParser(html)
    metas: list[tuple[str, str]] = []
    for meta in tree.css("meta[content]"):
        name = meta.attributes.get("property") or meta.attributes.get("name") or ""
        metas.append((name.strip().lower(), (meta.attributes.get("content") or "").strip()))

    def first(*names: str) -> str:
        return next((value for name in names for key, value in metas if key == name and value), "")

    base = _base(tree, url)
    images = [addresses.join(base, value) for name in _IMAGE_NAMES for key, value in metas if key == name and value]
    return PageMetadata(
        line(first("og:title", "twitter:title") or _title(tree), 300),
        line(first("og:description", "twitter:description", "description"), 500),
        line(first("og:site_name") or addresses.host(url).removeprefix("www."), 100),
        tuple(dict.fromkeys(image for image in images if image))[:IMAGES],
        _refresh(tree, base, url),
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    """What the addresses in a page are relative to."""
    element = tree.css_first("base[href]")
    return (addresses.join(url, element.attributes.get("href") or "") if element else None) or url


def _title(tree: LexborHTMLParser) -> str:
    """The title of the page, and not of a drawing in it."""
    return next((title.text() for title in tree.css("title") if not _is_in_svg(title)), "")


def _is_in_svg(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.tag != "svg":
        above = above.parent
    return above is not None


def _refresh(tree: LexborHTMLParser, base: str, url: str) -> str:
    for meta in tree.css("meta[http-equiv][content]"):
        if (meta.attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        match = _REFRESH.match(meta.attributes.get("content") or "")
        if match and int(match[1][:9]) <= REFRESH:
            target = addresses.join(base, match[3].partition(match[2])[0] if match[2] else match[3])
            return target if target and target != url else ""
    return ""


def line(text: str, limit: int) -> str:
    """On one line of at most `limit` characters, without what cannot be seen or stored."""
    words = " ".join(_UNSEEN.sub(" ", text[: 20 * limit]).split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
