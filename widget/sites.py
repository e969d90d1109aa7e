"""Tells a site's owner what on their page, or on this server, keeps the popup from working there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from html import unescape

import requests

from widget.settings import Settings
from widget.text import addresses

_META = re.compile(r"<meta[^>]+http-equiv=[\"']?content-security-policy[\"']?[^>]*>", re.IGNORECASE)
_CONTENT = re.compile(r"content=(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def check(url: str, settings: Settings) -> list[str]:
    """Fetch the page at `url`; returns what is in the way, each as one sentence with its remedy."""
    address = addresses.parse(url)
    if address is None:
        return [f"{url} is not the address of a page; it should start with https://."]
    origin = address.origin
    found = []
    if "*" not in settings.allowed_origins and origin not in settings.allowed_origins:
        found.append(f"{origin} may not embed the popup: add it to ALLOWED_ORIGINS.")
    try:
        page = requests.get(url, timeout=10)
        page.raise_for_status()
    except requests.RequestException as error:
        return [*found, f"The page cannot be fetched: {error}."]
    script = f"{settings.base_url}/widget.js"
    if script not in unescape(page.text):
        found.append(f"The page has no script tag with {script} (unless another script adds it).")
    for policy in _policies(page):
        for directive, use in (("script-src", "load the script"), ("frame-src", "show the popup")):
            if not _allows(policy, directive, settings.base_url):
                found.append(f"The page's own policy does not let it {use}: add {settings.base_url} to {directive}.")
    return found


def _policies(page: requests.Response) -> Iterator[dict[str, list[str]]]:
    """The content security policies of a page, header and meta elements, as directive → sources (CSP Level 3)."""
    texts = page.headers.get("Content-Security-Policy", "").split(",")
    texts += [unescape(match[1][1:-1]) for tag in _META.findall(page.text) if (match := _CONTENT.search(tag))]
    for text in texts:
        directives = [parts for part in text.split(";") if (parts := part.split())]
        yield {parts[0].lower(): parts[1:] for parts in reversed(directives)}


def _allows(policy: dict[str, list[str]], directive: str, chat: str) -> bool:
    falls_back = {"frame-src": ("frame-src", "child-src", "default-src"), "script-src": ("script-src", "default-src")}
    sources = next((policy[name] for name in falls_back[directive] if name in policy), None)
    scheme, _, host = chat.partition("://")
    wanted = (chat, host, f"{scheme}:")
    return sources is None or any(fnmatch(target, source.rstrip("/")) for source in sources for target in wanted)
