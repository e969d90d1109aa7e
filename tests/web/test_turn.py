"""The coturn of the README does not lead into the networks behind it."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests import services
from widget.devserver import embedded_redis

pytestmark = pytest.mark.any_database

README = (services.ROOT / "README.md").read_text()
RANGES = re.findall(r"--denied-peer-ip=([0-9.]+)-[0-9.]+", README)
"""The first address of each network of IPv4 that is denied."""

SECRET = "a secret among servers"


def takes_connections(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The README's command, on loopback."""
    folder, port = tmp_path_factory.mktemp("turn"), services.free_port()
    command = README.partition("\nturnserver ")[2].partition("\nICE_SERVERS")[0].replace("\\\n", " ")
    here = f"-n -p {port} -L 127.0.0.1 -E 127.0.0.1 --no-cli --no-tls --no-dtls --simple-log"
    files = f"--log-file={folder}/log --pidfile={folder}/pid --userdb={folder}/db"
    words = [it.replace("$TURN_SECRET", SECRET) for it in f"turnserver {command} {here} {files}".split()]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, preexec_fn=embedded_redis.end_with_parent)
    try:
        services.wait_for(lambda: takes_connections(port), "coturn")
        yield port
    finally:
        process.terminate()
        process.wait()


def answer(port: int, peer: str) -> str:
    """What coturn says to whoever wants to reach an address through it."""
    command = [
        "turnutils_uclient",
        "-v",
        "-W",
        SECRET,
        "-u",
        "ada",
        "-p",
        str(port),
        "-n",
        "1",
        "-e",
        peer,
        "127.0.0.1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        assert client.stdout
        found = ""
        for line in client.stdout:
            bound = found.endswith("cb response received:")
            found = line.strip()
            if "error" in found or (bound and "success" in found):
                break
        client.kill()
    return found


@pytest.mark.parametrize("peer", RANGES)
def test_no_private_network_is_reached_through_the_relay(port: int, peer: str) -> None:
    assert "403 (Forbidden IP)" in answer(port, peer)


def test_other_networks_are(port: int) -> None:
    assert len(RANGES) >= 9
    assert "success" in answer(port, "203.0.113.9")
