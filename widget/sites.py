"""Tells a site's owner what on their page, or on this server, keeps the popup from working there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from html import unescape

import requests

from widget import fetch
from widget.settings import Settings
from widget.text import addresses

_META = re.compile(r"<meta[^>]+http-equiv=[\"']?content-security-policy[\"']?[^>]*>", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b[^>]*>", re.IGNORECASE)
_CONTENT = re.compile(r"content=(\"[^\"]*\"|'[^']*')", re.IGNORECASE)

Policy = dict[str, list[str]]
"""A content security policy: directive → sources."""

SECONDS = 10
MOST = 4 * 1024 * 1024

_FROM_ANYWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}
_LOADED_WHEN_ISOLATED = {
    "/widget.js": _FROM_ANYWHERE,
    "/popup": {"Cross-Origin-Embedder-Policy": "credentialless", **_FROM_ANYWHERE},
}
"""What the chat says of itself, so that a page with a Cross-Origin-Embedder-Policy may load and frame it."""

_DEVICES = {"camera": "photos and video calls", "microphone": "voice notes and calls"}


@dataclass(frozen=True)
class Page:
    """A page as it was fetched."""

    url: str
    """Where it was found, perhaps after it has led elsewhere."""
    headers: Mapping[str, str]
    text: str


class Missing(Exception):
    """The page cannot be fetched; the text says why."""


def check(url: str, settings: Settings, only_public: bool = False) -> list[str]:
    """Fetch the page at `url`; returns what is in the way, each as one sentence with the line that mends it.

    Where the page gets an `error` event for it, the sentence names its code.

    With `only_public` nothing within this server's own network is asked: for whoever asks from elsewhere.
    """
    if addresses.parse(url) is None:
        return [f"{url} is not the address of a page; it should start with https://."]
    try:
        page = _public(url) if only_public else _any(url)
    except Missing as error:
        return [*_origin(url, settings), f"The page cannot be fetched: {error}."]
    return [
        *_origin(page.url, settings),
        *_transport(page.url, settings.base_url),
        *_tag(page, f"{settings.base_url}/widget.js"),
        *_nonce(page, f"{settings.base_url}/widget.js"),
        *(problem for policy in _policies(page) for problem in _policy(policy, settings.base_url)),
        *_isolation(page, settings.base_url),
        *_devices(page, settings.base_url),
    ]


def check_server(settings: Settings) -> list[str]:
    """What is in the way on every page: whether the chat answers at the address that pages load it from, and
    whether what stands before it forbids all frames of others, in a header that the chat itself never sends."""
    address = f"{settings.base_url}/widget.js"
    try:
        requests.get(address, timeout=SECONDS).raise_for_status()
        headers = requests.get(f"{settings.base_url}/popup", timeout=SECONDS).headers
    except requests.RequestException as error:
        return [
            f"The chat does not answer at {address} (server-away; {type(error).__name__}): start it, or set "
            "PUBLIC_URL=<the address at which browsers reach it>"
        ]
    if "X-Frame-Options" in headers and "frame-ancestors" not in headers.get("Content-Security-Policy", ""):
        return [
            "What stands before the chat lets no other site show the popup (popup-blocked): take X-Frame-Options away "
            "from /popup there, and leave its Content-Security-Policy as it is"
        ]
    return []


def _any(url: str) -> Page:
    try:
        answer = requests.get(url, timeout=SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise Missing(error) from error
    return Page(answer.url, answer.headers, answer.text)


def _public(url: str) -> Page:
    try:
        found = fetch.fetch(url, ("text/html", "application/xhtml+xml"), MOST, SECONDS)
    except fetch.Unfetched as error:
        raise Missing(error) from error
    return Page(found.url, found.headers, found.body.decode(errors="replace"))


def _origin(url: str, settings: Settings) -> Iterator[str]:
    """`url` is where the page was found, perhaps after it has led elsewhere (from example.com to www.example.com)."""
    address = addresses.parse(url)
    if address is None or settings.may_embed(address.origin):
        return
    line = ",".join((*settings.allowed_origins, address.origin))
    yield f"{address.origin} may not embed the popup (origin-not-allowed): set ALLOWED_ORIGINS={line}"


def _transport(url: str, chat: str) -> Iterator[str]:
    if url.startswith("https:") and chat.startswith("http:"):
        yield f"The page has https and the chat has not, which browsers refuse: set PUBLIC_URL=https:{chat[5:]}"


def _tag(page: Page, script: str) -> Iterator[str]:
    if script not in unescape(page.text):
        yield f'The page has no script tag (unless another script adds it): <script src="{script}" async></script>'


def _nonce(page: Page, script: str) -> Iterator[str]:
    """Where a policy lets scripts in by a nonce, the tag needs it, unless the chat's address is let in besides."""
    tag = next((it for it in _SCRIPT.findall(page.text) if script in unescape(it)), "")
    if not tag or re.search(r"\snonce=", tag, re.IGNORECASE):
        return
    for policy in _policies(page):
        sources = _sources(policy, "script-src") or []
        by_address = "'strict-dynamic'" not in sources and _allows_address(sources, script.removesuffix("/widget.js"))
        if any(it.startswith("'nonce-") for it in sources) and not by_address:
            yield (
                "The page's own policy lets in scripts with its nonce, and the tag has none: "
                f'<script nonce="…" src="{script}" async></script>'
            )
            return


def _policies(page: Page) -> Iterator[Policy]:
    """The content security policies of a page, header and meta elements (CSP Level 3)."""
    texts = page.headers.get("Content-Security-Policy", "").split(",")
    texts += [unescape(match[1][1:-1]) for tag in _META.findall(page.text) if (match := _CONTENT.search(tag))]
    for text in texts:
        directives = [words for part in text.split(";") if (words := part.split())]
        yield {words[0].lower(): words[1:] for words in reversed(directives)}


def _policy(policy: Policy, chat: str) -> Iterator[str]:
    for directive, use in (("script-src", "load the script"), ("frame-src", "show the popup (policy-blocked)")):
        sources = _sources(policy, directive)
        if sources is None or _allows(sources, chat):
            continue
        line = " ".join([directive, *(it for it in sources if it != "'none'"), chat])
        yield f"The page's own policy does not let it {use}: {line}"
    if "sandbox" in policy and "allow-same-origin" not in policy["sandbox"]:
        line = " ".join(["sandbox", *dict.fromkeys([*policy["sandbox"], "allow-scripts", "allow-same-origin"])])
        yield f"The page is in a sandbox, in which nothing can be kept and the popup cannot start (sandboxed): {line}"


def _sources(policy: Policy, directive: str) -> list[str] | None:
    """What holds for a directive; None where the policy says nothing of it."""
    falls_back = {
        "frame-src": ("frame-src", "child-src", "default-src"),
        "script-src": ("script-src-elem", "script-src", "default-src"),
    }
    return next((policy[name] for name in falls_back[directive] if name in policy), None)


def _allows(sources: list[str], chat: str) -> bool:
    # Which scripts a nonce, a hash or 'strict-dynamic' let in is up to the page's own tags.
    if any(source.startswith(("'nonce-", "'sha", "'strict-dynamic'")) for source in sources):
        return True
    return _allows_address(sources, chat)


def _allows_address(sources: list[str], chat: str) -> bool:
    scheme, _, host = chat.partition("://")
    wanted = (chat, host, f"{scheme}:")
    return any(fnmatch(target, source.rstrip("/")) for source in sources for target in wanted)


def _isolation(page: Page, chat: str) -> Iterator[str]:
    """A page that isolates itself frames only what says that it may be framed; a proxy may have taken that away."""
    embedder = page.headers.get("Cross-Origin-Embedder-Policy", "").partition(";")[0].strip()
    if embedder not in ("require-corp", "credentialless"):
        return
    for path, needed in _LOADED_WHEN_ISOLATED.items():
        try:
            headers = requests.get(f"{chat}{path}", timeout=SECONDS).headers
        except requests.RequestException:
            return  # `check_server` tells of that
        for name, value in needed.items():
            if name not in headers:
                line = f"{name}: {value}"
                yield f"The page isolates itself (isolated-page), and a header of {path} is lost on its way: {line}"


def _devices(page: Page, chat: str) -> Iterator[str]:
    """Permissions-Policy: camera=() forbids it to the page and to whatever the page frames."""
    if page.url.startswith("http:") and not re.match(r"http://(localhost|127\.|\[::1\])", page.url):
        yield f"Without https browsers give the page no microphone, camera or clipboard: serve https:{page.url[5:]}"
    given = page.headers.get("Permissions-Policy", "").replace(" ", "")
    for name, use in _DEVICES.items():
        match = re.search(rf"(?:^|,){name}=(\*|self|\([^)]*\))", given)
        if match and match[1] != "*" and chat not in match[1]:
            yield f'The page allows no {name}, which {use} need: Permissions-Policy: {name}=(self "{chat}")'
