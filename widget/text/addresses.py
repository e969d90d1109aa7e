"""Addresses from outside: the one place where they are parsed. Nothing here raises; what is no address is None."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

MOST = 8000
"""Characters of an address; browsers and servers agree on no more."""


@dataclass(frozen=True)
class WebAddress:
    """An address of the web, with http or https."""

    url: str
    scheme: str
    host: str
    port: int | None
    """None where the address names none."""
    has_credentials: bool
    """Whether a name or a password stands before the host."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port is not None else "")


def parse(url: str) -> WebAddress | None:
    """What an address of the web consists of; None for anything else."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        return None
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return WebAddress(url, parts.scheme, host, port, parts.username is not None or parts.password is not None)


def join(base: str, reference: str) -> str | None:
    """The address that `reference` means in a page at `base`; None when it is none of the web."""
    try:
        url = urljoin(base, _clean(reference))
    except ValueError:
        return None
    return url if parse(url) else None


def host(url: str) -> str:
    """The host of an address, for people and for the log; empty when it has none."""
    address = parse(url)
    return address.host if address else ""


def _clean(text: str) -> str:
    """As browsers do (URL Standard, 4.4): nothing around it, no line breaks and tabs inside, no backslashes."""
    text = text.strip("".join(map(chr, range(0x21)))).translate({9: None, 10: None, 13: None})
    before, mark, query = text.partition("?")
    return before.replace("\\", "/") + mark + query


def _split(url: str) -> SplitResult | None:
    if len(url) > MOST or any(ord(character) < 0x20 or 0xD800 <= ord(character) < 0xE000 for character in url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None
