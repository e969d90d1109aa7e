"""What the soak breaks: two workers, a PostgreSQL, a Redis and a proxy of its own, with a small disk for files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis
import requests

from tests import services
from tests.soak.proxy import Proxy

WORKERS = 2
DISK_MB = 8


class SteppedClockServer(services.ChatServer):
    """The chat with a clock that can be stepped."""

    app = "tests.soak.stepped_clock:app"


class Deployment:
    """The parts, and what can be measured of them."""

    def __init__(self, postgres: services.PostgresServer, own_redis: services.RedisServer, folder: Path):
        self.postgres, self.redis, self.folder = postgres, own_redis, folder
        self.database_url = postgres.database()
        self.clock = folder / "clock"
        self.set_clock(0)
        environ = {
            "WEB_CONCURRENCY": str(WORKERS),
            "STORAGE_URL": f"file:{self.disk}",
            "VISITOR_MESSAGES": "100000/10",
            "LINK_PREVIEWS": "off",
            "LEAST_FREE_MB": "1",
            "SOAK_CLOCK": str(self.clock),
        }
        self.chat = SteppedClockServer(own_redis.url, self.database_url, **environ)
        self.proxy = Proxy(self.chat.port)
        self.url = f"http://127.0.0.1:{self.proxy.port}"

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    def set_clock(self, seconds: int) -> None:
        """Let the workers' clock differ from this machine's by so much."""
        new = self.clock.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.rename(self.clock)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis.url)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def descriptors(self) -> int:
        """How many files and sockets the worker has open that has the most of them."""
        counts = [0]
        for pid in self.chat.workers():
            with contextlib.suppress(FileNotFoundError):  # one that was told to end has ended just now
                counts.append(len(os.listdir(f"/proc/{pid}/fd")))
        return max(counts)

    def greenlets(self) -> int:
        """How many the worker has that has the most of them; which one answers is by chance."""
        return max(int(requests.get(f"{self.chat.url}/greenlets", timeout=30).text) for _ in range(5 * WORKERS))

    def connections(self) -> int:
        """How many connections there are to PostgreSQL and Redis, without our own."""
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with self.client() as client:
            found = len(client.client_list()) - 1
        return int(str(self.query(mine)[0][0])) + found

    def keys_without_end(self) -> list[str]:
        """The keys in Redis that would stay for ever."""
        with self.client() as client:
            return [key.decode() for key in client.scan_iter(count=1000) if client.ttl(key) == -1]

    def close(self) -> None:
        self.proxy.close()
        self.chat.kill()


@contextlib.contextmanager
def opened() -> Iterator[Deployment]:
    """A deployment, and its end."""
    folder = Path(tempfile.mkdtemp(prefix="chat-soak-"))
    disk = folder / "disk"
    disk.mkdir()
    small = (
        os.getuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
        == 0
    )
    try:
        with services.closing(services.PostgresServer()) as postgres, services.closing(services.RedisServer()) as own:
            deployment = Deployment(postgres, own, folder)
            try:
                yield deployment
            finally:
                deployment.close()
    finally:
        if small:
            subprocess.run(["umount", "--lazy", str(disk)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
