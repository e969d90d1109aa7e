"""What the value of an environment variable may be: each function reads one kind; ValueError says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import SplitResult, urlsplit


def number(least: int, most: int) -> Callable[[str], int]:
    """A whole number within these limits."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of these words, in lower case."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return text.lower()

    return parse


def switch(on: str, *words: str) -> Callable[[str], bool]:
    """One of two words; True for `on`."""

    def parse(text: str) -> bool:
        return one_of(*words)(text) == on

    return parse


def _split(text: str, wanted: str) -> SplitResult:
    """The parts of an address; ValueError(wanted) when its host or port is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        raise ValueError(wanted) from None
    return parts


def url(*schemes: str) -> Callable[[str], str]:
    """An address with one of these schemes."""
    wanted = "an address that starts with " + " or ".join(f"{scheme}://" for scheme in schemes)

    def parse(text: str) -> str:
        parts = _split(text, wanted)
        if parts.scheme not in schemes or (parts.scheme in ("http", "https") and not parts.hostname):
            raise ValueError(wanted)
        return text.rstrip("/")

    return parse


def database(text: str) -> str:
    """A SQLAlchemy address; the `postgres://` of hosted platforms means psycopg 3."""
    scheme, _, rest = text.partition("://")
    host = re.split("[/?]", rest.rpartition("@")[2])[0]
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and rest:
        if re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(:[0-9]+)?", host):
            return f"postgresql+psycopg://{rest}"
    elif scheme == "sqlite" and re.fullmatch("/(?!:memory:).+", rest):  # in memory, each connection would have its own
        return text
    raise ValueError("sqlite:///file or postgresql://user:password@host/name")


def _origin(text: str) -> str:
    wanted = "origins such as https://shop.example.com, comma separated, or *"
    parts = _split(text, wanted)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(wanted)
    if not re.fullmatch(r"[\w.*-]+(:\d+)?|\[[\da-fA-F:]+\](:\d+)?", parts.netloc, re.ASCII):
        raise ValueError(wanted)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def origins(text: str) -> tuple[str, ...]:
    """Origins, comma separated, or * for all."""
    if text == "*":
        return ("*",)
    return tuple(_origin(item.strip()) for item in text.split(",") if item.strip())


def hosts(text: str) -> tuple[str, ...]:
    """Names of hosts, perhaps with a port, comma separated."""
    names = tuple(item.strip().lower() for item in text.split(",") if item.strip())
    if not all(re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?|\[[\da-f:]+\](:\d{1,5})?", it) for it in names):
        raise ValueError("hosts such as chat.example.com, comma separated")
    return names


def storage(text: str) -> str:
    """A folder as its path, or the address of a bucket as it is."""
    scheme, _, rest = text.partition(":")
    if scheme == "file" and rest.strip("/"):
        return str(Path("/" + rest.lstrip("/") if rest.startswith("/") else rest).absolute())
    wanted = "file:/folder or s3://key:secret@host/bucket?region=…"
    parts = _split(text, wanted)
    if scheme == "s3" and parts.hostname and parts.username and parts.password and parts.path.strip("/"):
        return text
    raise ValueError(wanted)


def smtp(text: str) -> str:
    """The address of a mail server; who signs in does so by TLS."""
    wanted = "smtp://user:password@mail.example.com:587, or smtps://…:465"
    parts = _split(text, wanted)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(wanted)
    return text.rstrip("/")


def mailbox(text: str) -> str:
    """An e-mail address, perhaps with a name: Support <support@example.com>."""
    parsed = getaddresses([text])
    if len(parsed) != 1 or not text.isprintable() or not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", parsed[0][1]):
        raise ValueError("an e-mail address, such as Support <support@example.com>")
    return text


def long_secret(text: str) -> str:
    """A secret of at least 16 characters."""
    if len(text) < 16:
        raise ValueError("at least 16 characters that nobody can guess")
    return text


def ice_servers(text: str) -> tuple[str, ...]:
    """Addresses of STUN (RFC 7064) and TURN servers (RFC 7065), comma separated."""
    urls = tuple(item.strip() for item in text.split(",") if item.strip())
    host = r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?"
    if not all(re.fullmatch(rf"stuns?:{host}|turns?:{host}(\?transport=(udp|tcp))?", it, re.ASCII) for it in urls):
        raise ValueError("stun: and turn: addresses such as turn:turn.example.com:3478, comma separated")
    return urls


def addresses(text: str) -> tuple[str, ...]:
    """mesibo addresses, comma separated."""
    items = tuple(item.strip() for item in text.split(",") if item.strip())
    if not items or any(not re.fullmatch(r"[\w.@+:-]{1,128}", item, re.ASCII) for item in items):
        raise ValueError("the mesibo addresses of who answers, comma separated")
    return items


def app_id(text: str) -> str:
    """The id of an app in mesibo: its SDK crashes at the start when there is no dot in it (seen with 2.7.1)."""
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", text, re.ASCII):
        raise ValueError("an app id such as com.example.chat")
    return text


def pace(text: str) -> tuple[tuple[int, int], ...]:
    """How many messages in how many seconds, once or more: 30/60,60/600."""
    matches = tuple(re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,4})", item.strip()) for item in text.split(","))
    if not all(matches):
        raise ValueError("messages/seconds, such as 30/60,60/600")
    return tuple((int(each[1]), int(each[2])) for each in matches if each)
