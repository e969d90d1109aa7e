"""The real services that the tests run on: Redis, PostgreSQL, and the chat under gunicorn."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import redis
import requests
from flask import Flask
from redis.crc import key_slot

from tests import databases, forked_gunicorn
from widget import create_app, extensions, settings
from widget.devserver import embedded_redis, ports

ROOT = Path(__file__).parent.parent
PATIENCE = 20  # seconds that a test waits for something before it calls it missing
T = TypeVar("T")


def free_port() -> int:
    """A port that nobody uses, and on which a browser opens a page.

    It is outside the range from which connections get theirs, so that who stops can start again there.
    """
    while True:
        port = random.randrange(10_000, 32_000)
        if port in ports.CLOSED_TO_BROWSERS:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], T], what: str = "it", within: float = PATIENCE) -> T:
    """Wait until `condition` returns something true, and return that; fails with `what` after `within` seconds."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < within:
        found = condition()
        if found:
            return found
        # Asking costs the time of others, most of all a server's: the longer it takes, the less often.
        threading.Event().wait(min(0.02 + waited / 8, 0.25))
    raise AssertionError(f"waited {within} s for {what}")


class RedisServer:
    """A Redis of its own on a TCP port, that can be stopped and started again (empty)."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = [embedded_redis.binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--databases", "1000"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=embedded_redis.end_with_parent)
        wait_for(self.answers, "Redis")

    def database(self) -> str:
        """The address of a database of this Redis that nobody else uses: another deployment's, with its own lease."""
        self._databases = getattr(self, "_databases", 0) + 1
        return f"redis://127.0.0.1:{self.port}/{self._databases}"

    def answers(self) -> bool:
        return _answers(redis.Redis.from_url(self.url))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class RedisCluster:
    """Three nodes of Debian's Redis 7 that share the slots, without replicas."""

    NODES = 3
    SLOTS = 16384
    EACH = SLOTS // NODES + 1

    def __init__(self) -> None:
        self.ports = [free_port() for _ in range(self.NODES)]
        self._buses = [free_port() for _ in range(self.NODES)]
        self._folders = [tempfile.mkdtemp(prefix="chat-node-") for _ in self.ports]
        self._processes = [self._start(number) for number in range(self.NODES)]
        clients = [redis.Redis(port=port) for port in self.ports]
        for number, client in enumerate(clients):
            wait_for(lambda client=client: _answers(client), "a node")  # type: ignore[misc]
            last = min(self.EACH * (number + 1), self.SLOTS) - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", self.EACH * number, last)  # type: ignore[no-untyped-call]
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.ports[0], self._buses[0])  # type: ignore[no-untyped-call]
        self.url = f"redis+cluster://127.0.0.1:{self.ports[0]}"
        wait_for(self.whole, "the cluster")

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        port = str(self.ports[number])
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--save", "", "--bind", "127.0.0.1"]
        return subprocess.Popen(
            [
                "/usr/bin/redis-server",
                "--port",
                port,
                "--cluster-port",
                str(self._buses[number]),
                "--dir",
                self._folders[number],
                *options,
            ],
            stdout=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )

    def home(self, name: str) -> int:
        """The number of the node that has all keys with this name in braces."""
        return key_slot(name.encode()) // self.EACH

    def whole(self) -> bool:
        """Whether every node knows all others and serves."""
        states: list[dict[str, str]] = [self.node(number).cluster("INFO") for number in range(self.NODES)]  # type: ignore[assignment]
        return all(it["cluster_state"] == "ok" and int(it["cluster_known_nodes"]) == self.NODES for it in states)

    def restart(self, number: int) -> None:
        """End a node by force, and start it again with nothing in it but its place in the cluster."""
        self._processes[number].kill()
        self._processes[number].wait()
        self._processes[number] = self._start(number)
        wait_for(lambda: _answers(redis.Redis(port=self.ports[number])) and self.whole(), "the cluster")

    def node(self, number: int) -> redis.Redis:
        return redis.Redis(port=self.ports[number])

    def stop(self) -> None:
        for process, folder in zip(self._processes, self._folders, strict=True):
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.RedisError):
        return bool(client.ping())
    return False


class PostgresServer:
    """A PostgreSQL cluster of its own; `database()` makes an empty database in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chat-pg-"))
        self.port = free_port()
        owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
        self._as_owner: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid} if owner else {}
        if owner:
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._data = str(self.folder / "data")
        self._run("initdb", "-D", self._data, "-U", "chat", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", self._data, "-w", "-o", settings, "-l", str(self.folder / "log"), "start")

    def _run(self, program: str, *arguments: str) -> None:
        newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        path = str(newest[-1] / program) if newest else shutil.which(program) or program
        subprocess.run([path, *arguments], check=True, capture_output=True, cwd=self.folder, **self._as_owner)

    def database(self) -> str:
        import psycopg

        name = f"chat_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(f"postgresql://chat@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://chat@127.0.0.1:{self.port}/{name}"

    def crash(self) -> None:
        """End it at once, as a crash would: it recovers from its log when it is started again."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def stop(self) -> None:
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class PgBouncer:
    """PgBouncer in transaction mode in front of a PostgreSQL: a connection belongs to a client for one transaction."""

    def __init__(self, postgres: PostgresServer):
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="chat-bouncer-"))
        configuration = self.folder / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\n* = host=127.0.0.1 port={postgres.port} user=chat\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            "auth_type = any\npool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 10\n"
        )
        self.folder.chmod(0o755)
        user = "nobody" if os.getuid() == 0 else None  # PgBouncer, too, refuses to run as root
        self.process = subprocess.Popen(
            ["/usr/sbin/pgbouncer", "-q", str(configuration)],
            user=user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )

    def in_front_of(self, database_url: str) -> str:
        """The address of a database by way of this PgBouncer."""
        return re.sub(r":\d+/", f":{self.port}/", database_url)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ChatServer:
    """The chat under gunicorn, as a deployment runs it."""

    app = "app:app"
    """What gunicorn serves."""
    root = ROOT
    """The folder of the checkout that it serves from."""
    process: subprocess.Popen[bytes] | forked_gunicorn.Server

    def __init__(self, redis_url: str, database_url: str, **environ: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ = inherited | {
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "ALLOWED_ORIGINS": "*",
            "VISITOR_MESSAGES": "12000/60",  # the tests' visitors write faster than people
            "VISITOR_DAILY_MB": "2000",
            "WEBHOOKS_PRIVATE": "on",  # the tests' receivers are on this machine
            "PYTHONPATH": str(ROOT),
            **environ,
        }
        self._app: tuple[dict[str, str], Flask] | None = None
        own = Path(tempfile.mkdtemp(prefix="chat-log-"))
        self.log = own / "log.txt"
        self.environ.setdefault("STORAGE_URL", f"file:{own}/files")
        if self.root == ROOT:
            databases.fill(database_url, lambda: self.flask("db", "upgrade"))
        else:
            self.flask("db", "upgrade")
        self.start()

    def flask(self, *command: str) -> str:
        """Run a command of the product; returns what it prints. In this process: a new one would take a second."""
        if self._app is None or self._app[0] != self.environ:
            self._app = dict(self.environ), create_app(settings.from_environ(self.environ))
        app = self._app[1]
        try:
            done = app.test_cli_runner().invoke(args=command)
        finally:
            extensions.of(app).engine.dispose()
        assert done.exit_code == 0, done.output
        return done.output.strip()

    def start(self) -> None:
        if self.root == ROOT:
            self.process = forked_gunicorn.shared().start(self.app, self.environ, self.log)
        else:  # another release, of which nothing is loaded
            self.process = self._start_anew()
        wait_for(self.ready, f"the server; its log is {self.log}", within=3 * PATIENCE)

    def _start_anew(self) -> subprocess.Popen[bytes]:
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "gunicorn", self.app],
                cwd=self.root,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=embedded_redis.end_with_parent,
            )

    def ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the server has ended:\n{self.printed()}")
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        return False

    def printed(self) -> str:
        return self.log.read_text()

    def workers(self) -> list[int]:
        """The process ids of the gunicorn workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(3 * PATIENCE)

    def kill(self) -> None:
        """End it by force, workers first."""
        if self.process.poll() is not None:
            return
        # Else it begins new workers meanwhile. They notice that it has gone once they have loaded, and keep the port
        # until then: on a busy machine longer than the next server waits for it.
        os.kill(self.process.pid, signal.SIGSTOP)
        for pid in [*self.workers(), self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def closing(service: T) -> Iterator[T]:
    """Stop a service at the end of the block, whatever happens in it."""
    try:
        yield service
    finally:
        (getattr(service, "stop", None) or service.close)()  # type: ignore[attr-defined]
