"""What a web page says of itself: its title, a description, a picture."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from widget import fetch
from widget.fetch import Fetched, Unfetched

SECONDS = 3.0
MOST = 1024**2
"""For a page, and for its picture: seconds and bytes in all."""

HTML = ("text/html", "application/xhtml+xml")
JSON = ("application/json", "text/json", "application/json+oembed", "text/javascript")
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")

OEMBED = {
    r"https?://(www\.|m\.|music\.)?youtube\.com/(watch|shorts|playlist|live)": "https://www.youtube.com/oembed",
    r"https?://youtu\.be/": "https://www.youtube.com/oembed",
    r"https?://(www\.|player\.)?vimeo\.com/": "https://vimeo.com/api/oembed.json",
    r"https?://open\.spotify\.com/": "https://open.spotify.com/oembed",
    r"https?://(www\.)?soundcloud\.com/": "https://soundcloud.com/oembed",
    r"https?://(www\.)?(flickr\.com|flic\.kr)/": "https://www.flickr.com/services/oembed",
    r"https?://(www\.)?tiktok\.com/": "https://www.tiktok.com/oembed",
}
"""Large sites whose pages say little to those who are not browsers, and where they say it instead (oembed.com)."""


@dataclass(frozen=True)
class PageMetadata:
    """What a page says of itself; empty where it says nothing."""

    title: str = ""
    description: str = ""
    site: str = ""
    image: str = ""
    """The address of a picture."""


def fetch_metadata(url: str) -> PageMetadata:
    """Fetch a page and read what it says; raises Unfetched, also when there is nothing to show."""
    for pattern, endpoint in OEMBED.items():
        if re.match(pattern, url):
            return _oembed(fetch.fetch(f"{endpoint}?format=json&url={quote(url, safe='')}", JSON, MOST, SECONDS))
    said = parse(fetch.fetch(url, HTML, MOST, SECONDS, until=b"</head>"))
    if not said.title:
        raise Unfetched("it has no title")
    return said


def fetch_image(url: str) -> bytes:
    """The picture at this address; raises Unfetched."""
    return fetch.fetch(url, IMAGE_TYPES, MOST, SECONDS).body


def parse(page: Fetched) -> PageMetadata:
    """Open Graph (ogp.me), Twitter's cards, and the plain <title> and description, in this order."""
    tree = LexborHTMLParser(_text(page))
    metas: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        name = meta.attributes.get("property") or meta.attributes.get("name") or ""
        metas.setdefault(name.lower(), meta.attributes.get("content") or "")
    title = tree.css_first("title")

    def first(*names: str) -> str:
        return next((metas[name] for name in names if metas.get(name, "").strip()), "")

    image = first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return PageMetadata(
        _line(first("og:title", "twitter:title") or (title.text() if title else ""), 300),
        _line(first("og:description", "twitter:description", "description"), 500),
        _line(first("og:site_name") or (urlsplit(page.url).hostname or "").removeprefix("www."), 100),
        urljoin(page.url, image.strip()) if image else "",
    )


def _text(page: Fetched) -> str:
    """The page in the encoding that it says it has (its headers, else itself); what cannot be read is left out."""
    found = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", page.body[:4096], re.IGNORECASE)
    charset = page.charset or (found[1].decode() if found else "utf-8")
    try:
        return page.body.decode(charset, "replace")
    except (LookupError, ValueError):
        return page.body.decode("utf-8", "replace")


def _line(text: str, limit: int) -> str:
    """On one line, without what cannot be seen or stored."""
    line = " ".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", " ", text).split()
    )
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _oembed(answer: Fetched) -> PageMetadata:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unfetched("its answer cannot be read") from None
    fields = {name: value for name, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}
    if not fields.get("title"):
        raise Unfetched("it has no title")
    return PageMetadata(
        _line(fields["title"], 300),
        _line(fields.get("author_name", ""), 500),
        _line(fields.get("provider_name", ""), 100),
        fields.get("thumbnail_url", ""),
    )
