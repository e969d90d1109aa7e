"""Fetching from addresses that somebody else has chosen: only from public ones, only a little, only for a moment.

`requests-hardened` resolves a name once and connects to the address it has checked, at every redirect anew. On top of
that: which addresses are public, the ports, the whole time and the whole size; no proxy, no cookies, no passwords.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, NoReturn

import gevent
import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import HTTPError

from widget.text import addresses
from widget.threads import give_way, run_in_thread

PORTS = (80, 443)
REDIRECTS = 5
PIECE = 8 * 1024
AGENT = "Mozilla/5.0 (compatible; chat-popup link preview)"

# Nobody lives here, or only in a way that leads elsewhere: translation to and tunnels from IPv4, documentation, relays.
_NOT_PUBLIC = [
    ipaddress.ip_network(it)
    for it in ("192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
]
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_UNICAST = ipaddress.ip_network("2000::/3")


class Unfetched(Exception):
    """It cannot, or must not, be fetched; the text says why."""


class TooMuch(Unfetched):
    """There is more of it than was asked for."""


@dataclass(frozen=True)
class Fetched:
    """What was at an address."""

    url: str
    """Where it was in the end, after redirects."""
    type: str
    """Its media type; empty when the server names none."""
    charset: str | None
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers that came with it, by name in any case."""


@dataclass(frozen=True)
class Posted:
    """What an address answered to what was sent to it."""

    status: int
    body: bytes
    retry_after: str = ""
    """Its Retry-After header."""


def is_public(address: str) -> bool:
    """Whether anybody on the internet may be behind this IP address, and so nothing of ours."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST:
        return False  # also the many ways to write an IPv4 address as one of IPv6
    return ip.is_global and not ip.is_multicast and not any(ip.version == it.version and ip in it for it in _NOT_PUBLIC)


class PublicAdapter(IPFilterAdapter):  # type: ignore[misc]
    """Connects to public addresses on the web's two ports only."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Where to connect to, decided for the very connection that is then made."""
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        address = addresses.parse(request.url)
        if address is None or (address.port is not None and address.port not in PORTS):
            raise requests.exceptions.InvalidURL("its port is not the web's")
        if not is_public(host_params["host"].strip("[]")):
            raise requests.exceptions.InvalidURL("it leads to an address that is not public")
        return host_params, pool_kwargs


@contextmanager
def _session(private: bool = False) -> Iterator[requests.Session]:
    if private:
        with requests.Session() as session:
            session.trust_env = False
            yield session
        return
    config = Config(
        ip_filter_enable=True, ip_filter_allow_loopback_ips=False, never_redirect=False, default_timeout=(3, 3)
    )
    with HTTPSession(config) as session:
        for scheme in ("http", "https"):
            session.mount(f"{scheme}://", PublicAdapter(is_https_proto=scheme == "https"))
        session.trust_env = False  # no proxy and no passwords from the environment
        session.max_redirects = REDIRECTS
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Asked for as it is; what a server packs all the same is counted as it is unpacked, piece by piece.
        session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
        yield session


def fetch(
    url: str, types: tuple[str, ...], most: int, seconds: float, until: Callable[[bytes], bool] | None = None
) -> Fetched:
    """What is at `url`, if it is of one of these media types: at most `most` bytes within `seconds` in all.

    `image/*` means all of a kind, and the empty type a server that names none. With `until`, which is told each piece,
    it ends with the piece for which that is true, and where there is more than `most`, there; without, that is too
    much. Raises Unfetched.
    """
    with _answering(url, seconds) as answer:
        mime, charset = _type(answer, types)
        body = bytearray()
        for piece in answer.iter_content(PIECE):
            give_way()  # where all of it has arrived already, others would wait for all of it
            body += piece
            if until is not None and until(piece):
                break
            if len(body) > most:
                if until is None:
                    raise TooMuch("there is too much of it")
                break
        return Fetched(answer.url, mime, charset, bytes(body[:most]), answer.headers)


def download(url: str, target: Path, most: int, seconds: float, types: tuple[str, ...] | None = None) -> str:
    """Bring what is at `url` into a file, at most `most` bytes; returns the address it was at. Raises Unfetched.

    With `types` only what is of one of these media types.
    """
    size = 0
    with _answering(url, seconds) as answer, target.open("wb") as file:
        if types is not None:
            _type(answer, types)
        for piece in answer.iter_content(64 * 1024):
            size += len(piece)
            if size > most:
                raise TooMuch("there is too much of it")
            run_in_thread(file.write, piece)
        return answer.url


def post(url: str, body: bytes, headers: dict[str, str], most: int, seconds: float, private: bool = False) -> Posted:
    """Send `body` to an address and return the answer, at most `most` bytes of it, within `seconds` in all.

    A redirect is an answer like any other, and not followed. `private` lets the address be any, for development.
    Raises Unfetched.
    """
    with _asking(url, seconds, private) as session:
        sent = {"User-Agent": "chat-popup webhook"} | headers
        with session.post(
            url, data=body, headers=sent, stream=True, allow_redirects=False, timeout=(3, seconds)
        ) as answer:
            content = bytearray()
            for piece in answer.iter_content(PIECE):
                content += piece
                if len(content) > most:
                    raise TooMuch("there is too much of its answer")
            return Posted(answer.status_code, bytes(content), answer.headers.get("Retry-After", ""))


@contextmanager
def _answering(url: str, seconds: float) -> Iterator[requests.Response]:
    """The answer to a GET, whose body is still to be read; `seconds` are for all of it, what goes on inside too."""
    with (
        _asking(url, seconds) as session,
        session.get(url, stream=True, hooks={"response": _check_next}) as answer,
    ):
        if not answer.ok:
            raise Unfetched(f"it answers {answer.status_code}")
        yield answer


@contextmanager
def _asking(url: str, seconds: float, private: bool = False) -> Iterator[requests.Session]:
    """A session to ask this address with; `seconds` are for all that goes on inside. Raises Unfetched."""
    _check(url)
    # Also for a name that is looked up for ever, and a server that sends a byte now and then.
    patience = gevent.Timeout.start_new(seconds)
    try:
        with _session(private) as session:
            yield session
    except gevent.Timeout as over:
        if over is not patience:
            raise
        raise Unfetched("it takes too long") from None
    except (requests.RequestException, HTTPError, ValueError, OSError) as error:
        _unfetched(error)
    finally:
        patience.close()


def _unfetched(error: Exception) -> NoReturn:
    raise Unfetched(str(error) or type(error).__name__) from error


def _check(url: str) -> None:
    address = addresses.parse(url)
    if address is None:
        raise Unfetched("it is no address of the web")
    if address.has_credentials:
        raise Unfetched("it has a name or a password in it")


def _check_next(answer: requests.Response, **_: Any) -> None:
    """A redirect may not lead to what could not have been asked for."""
    if answer.is_redirect:
        _check(requests.compat.urljoin(answer.url, answer.headers["Location"]))


def _type(answer: requests.Response, types: tuple[str, ...]) -> tuple[str, str | None]:
    """The media type and the charset of an answer; raises Unfetched when it is of none of these types."""
    kind, _, rest = answer.headers.get("Content-Type", "").partition(";")
    mime = kind.strip().lower()
    if mime not in types and f"{mime.partition('/')[0]}/*" not in types:
        raise Unfetched(f"it is of the type {mime or 'unknown'}")
    charset = _CHARSET.search(rest)
    return mime, charset[1] if charset else None
