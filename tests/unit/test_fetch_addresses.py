"""Addresses that the server may not fetch are refused before a connection is made."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from widget import fetch

HOSTILE = [
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
    *("http://127.0.0.1.nip.test/", "http://localhost/", "http://LOCALHOST./", "http://0/", "http://0.0.0.0/"),
    *("http://[::1]/", "http://[::]/", "http://[::127.0.0.1]/", "http://[::ffff:127.0.0.1]/"),
    *("http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[64:ff9b:1::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[fe80::1]/"),
    *("http://[fc00::1]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/"),
    *("http://[100::1]/", "http://[5f00::1]/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/"),
    *("http://169.254.169.254/latest/", "http://100.64.0.1/", "http://192.0.0.192/", "http://192.88.99.1/"),
    *("http://198.18.0.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "https://[::1]/", "http://93.184.215.14:22/"),
    *("http://93.184.215.14:6379/", "http://93.184.215.14:8080/", "ftp://93.184.215.14/", "file:///etc/passwd"),
    *("gopher://93.184.215.14/", "http://user:word@93.184.215.14/", "http://93.184.215.14@127.0.0.1/", "http:///"),
    *("http://93.184.215.14:99999/", "javascript:alert(1)", "data:text/html,x", "http://[::1%25lo]/"),
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_a_connection_is_made(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[Any] = []
    real = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **options: Any) -> Any:
        """Numbers are read as ever; the one name that looks like one leads to loopback; no packet asks for any."""
        if host == "127.0.0.1.nip.test":
            host = "127.0.0.1"
        if host not in ("localhost", "LOCALHOST.", "localhost."):
            options["flags"] = socket.AI_NUMERICHOST
        return real(host, *rest, **options)

    def connect(self: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("no packet leaves this test")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(fetch.Unfetched):
        fetch.fetch(url, ("text/html",), 1000, 3)
    assert attempts == []


def test_a_public_address_would_be_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes the table above worth something."""
    attempts: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        attempts.append(address[:2])
        raise OSError("no packet leaves this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    for url in (
        "http://93.184.215.14/",
        "https://93.184.215.14:443/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ):
        with pytest.raises(fetch.Unfetched):
            fetch.fetch(url, ("text/html",), 1000, 3)
    assert attempts == [
        *[("93.184.215.14", 80), ("93.184.215.14", 443)],
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", 80),
    ]


def test_the_table_holds_more_than_thirty_hostile_addresses() -> None:
    assert len(HOSTILE) >= 30
