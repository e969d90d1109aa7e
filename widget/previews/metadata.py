"""What a web page says of itself: fetched, and read in the child process; of large sites by oEmbed."""

from __future__ import annotations

import json
import logging
import re
import time
from pathlib import Path
from urllib.parse import quote

import webencodings

from widget import fetch
from widget.fetch import Fetched, Unfetched
from widget.media import inspection
from widget.previews.page import PageMetadata, line
from widget.text import addresses
from widget.threads import run_in_thread

SECONDS = 3.0
"""For one page or image; `ALL_SECONDS` for a page with what it leads to, and again for its images."""
ALL_SECONDS = 4.0

MOST_PAGE = 1024**2
MOST_IMAGE = 5 * 1024**2
MOST_OEMBED = 64 * 1024
"""Bytes."""

HTML = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml")
JSON = ("application/json", "text/json", "application/json+oembed", "text/javascript")
IMAGES = ("", "image/*", "application/octet-stream", "binary/octet-stream", "application/binary")
"""What an image is sent as. What it is, its bytes tell."""

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

_LOOKS_LIKE_HTML = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<\x00?[a-z!?]", re.IGNORECASE)

_ENDS = {b"<script": b"</script", b"<style": b"</style", b"<!--": b"-->"}
_MARK = re.compile(rb"<script|<style|<!--|</head")

_log = logging.getLogger(__name__)


def fetch_metadata(url: str, folder: Path) -> PageMetadata:
    """Fetch a page and read what it says, in `folder`; raises Unfetched, also when there is nothing to show."""
    for pattern, endpoint in OEMBED.items():
        if re.match(pattern, url):
            address = f"{endpoint}?format=json&url={quote(url, safe='')}"
            return parse_oembed(fetch.fetch(address, JSON, MOST_OEMBED, SECONDS))
    ends = time.monotonic() + ALL_SECONDS
    page = _parse(fetch.fetch(url, HTML, MOST_PAGE, SECONDS, until=HeadEnd()), folder)
    if page.refresh:
        left = min(SECONDS, ends - time.monotonic())
        page = _parse(fetch.fetch(page.refresh, HTML, MOST_PAGE, left, until=HeadEnd()), folder)
    if not page.title:
        raise Unfetched("it has no title")
    return page


def fetch_image(url: str, target: Path, seconds: float) -> None:
    """Bring the image at this address into a file; raises Unfetched."""
    fetch.download(url, target, MOST_IMAGE, seconds, IMAGES)


class HeadEnd:
    """Where the head of a page ends: at its `</head>`, unless that stands in a script, a style or a comment."""

    def __init__(self) -> None:
        self._rest = b""
        self._inside_until: bytes | None = None

    def __call__(self, piece: bytes) -> bool:
        """Whether the page's head ends in its next piece."""
        text, end = self._rest + piece.lower(), 0
        while True:
            if self._inside_until:
                at = text.find(self._inside_until, end)
                if at < 0:
                    break
                end, self._inside_until = at + len(self._inside_until), None
            mark = _MARK.search(text, end)
            if mark is None:
                break
            if mark[0] == b"</head":
                return True
            end, self._inside_until = mark.end(), _ENDS[mark[0]]
        self._rest = text[max(end, len(text) - 7) :]  # it may be the first half of a mark
        return False


def _parse(page: Fetched, folder: Path) -> PageMetadata:
    if page.type not in HTML[1:3] and not _LOOKS_LIKE_HTML.match(page.body):
        raise Unfetched("it is no page")
    file = folder / "page"
    run_in_thread(file.write_bytes, page.body)
    encoding = webencodings.lookup(page.charset) if page.charset else None
    try:
        fields = inspection.ask("page", file, folder, page.url, encoding.name if encoding else "")
    except inspection.Refused:
        size = len(page.body)
        _log.warning(
            "a page of %s with %d bytes exceeds the limits of its child process", addresses.host(page.url), size
        )
        raise Unfetched("it takes too much to be read") from None
    fields["images"] = tuple(fields["images"])
    return PageMetadata(**fields)


def parse_oembed(answer: Fetched) -> PageMetadata:
    """What an oEmbed endpoint has answered; raises Unfetched when that is nothing."""
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unfetched("its answer cannot be read") from None
    fields = {name: it for name, it in content.items() if isinstance(it, str)} if isinstance(content, dict) else {}
    title = line(fields.get("title", ""), 300)
    if not title:
        raise Unfetched("it has no title")
    image = addresses.join(answer.url, fields.get("thumbnail_url", "")) if fields.get("thumbnail_url") else None
    author, provider = line(fields.get("author_name", ""), 500), line(fields.get("provider_name", ""), 100)
    return PageMetadata(title, author, provider, (image,) if image else ())
