"""This project and those it is measured beside, each as its users run it, with one process."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, insert, select

from bench import processes
from bench.load import Aim, Listener
from tests import api, services
from widget.chat.conversations.membership import TEAM_ID
from widget.devserver import embedded_redis
from widget.models import Conversation, Member, Token, User
from widget.settings import from_environ

HERE = Path(__file__).parent


class Peer:
    """A server under load. `with` starts and stops it; `pids` are its processes, with those of its Redis."""

    name: str
    aim: Aim
    redis: services.RedisServer | None = None
    process: subprocess.Popen[bytes]

    def __enter__(self) -> Peer:
        processes.pin(processes.SERVERS)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Without waiting for its streams; the workers first.
        for pid in reversed(processes.family([self.process.pid])):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        if self.redis:
            self.redis.stop()

    def start(self) -> None:
        """Start serving: set `aim` and `process`, and `redis` where there is one."""
        raise NotImplementedError

    @property
    def pids(self) -> list[int]:
        """The processes it consists of; each knows those that it has started."""
        return [self.process.pid] + ([self.redis.process.pid] if self.redis else [])

    def listeners(self, count: int) -> list[Listener]:
        """So many users whom it lets listen."""
        return [Listener(f"u{number}") for number in range(count)]


class ChatServer(services.ChatServer):
    """The chat, with an address that only publishes."""

    app = "bench.chat:app"


class Chat(Peer):
    """This project, whole: authentication, log, replay, under gunicorn."""

    name = "this project"

    def __init__(self, database: str = "", workers: int = 1):
        self.database = database
        self.workers = workers

    def start(self) -> None:
        """Start Redis and the chat."""
        self.redis = services.RedisServer()
        folder = tempfile.mkdtemp(prefix="bench-")
        database = self.database or f"sqlite:///{folder}/chat.db"
        self.server = ChatServer(self.redis.url, database, WEB_CONCURRENCY=str(self.workers))
        self.process = self.server.process
        api.agent(self.server)
        self.aim = Aim(self.server.port, get="/w/stream", header="Authorization: Bearer {token}\r\n")

    def listeners(self, count: int) -> list[Listener]:
        """Visitors with a token and a conversation, put into the database in one go."""
        made = [Listener(secrets.token_hex(8), secrets.token_urlsafe(32), secrets.token_hex(8)) for _ in range(count)]
        rows: dict[type, list[dict[str, object]]] = {
            User: [{"id": it.name, "kind": "visitor", "name": f"Visitor {it.name[:4]}"} for it in made],
            Token: [
                {"hash": hashlib.sha256(it.token.encode()).hexdigest(), "user_id": it.name, "purpose": "visitor"}
                for it in made
            ],
            Conversation: [{"id": it.conversation, "kind": "direct"} for it in made],
            Member: [
                {"conversation_id": it.conversation, "user_id": user} for it in made for user in (it.name, TEAM_ID)
            ],
        }
        engine = create_engine(from_environ(self.server.environ).database_url)
        with engine.begin() as connection:
            assert connection.scalar(select(User.id).where(User.id == TEAM_ID))
            for table, values in rows.items():
                connection.execute(insert(table), values)
        engine.dispose()
        return made

    @property
    def whole_way(self) -> Aim:
        """Messages that are really sent."""
        return self.aim._replace(
            post="/w/conversations/{conversation}/messages",
            header="Authorization: Bearer {token}\r\nAccept: application/json\r\n",
            type="application/json",
            body='{"client_id": "{uuid}", "body": "{marker}"}',
        )


class Bare(Chat):
    """A bare view under the same server, for the cost of sending."""

    name = "a bare view"

    def start(self) -> None:
        """Start it under gunicorn with the gevent worker."""
        self.redis = services.RedisServer()
        port, folder = services.free_port(), tempfile.mkdtemp(prefix="bench-")
        environ = {
            "REDIS_URL": self.redis.url,
            "DATABASE_URL": self.database or f"sqlite:///{folder}/chat.db",
            "PYTHONPATH": str(services.ROOT),
        }
        self.process = _gunicorn("bench.bare:app", port, 1000, environ)
        self.aim = Aim(port)

    def listeners(self, count: int) -> list[Listener]:
        """Nobody listens; there is only whom the posts are for."""
        return [Listener(f"u{number}", "-", f"c{number}") for number in range(count)]


class FlaskSse(Peer):
    """flask-sse under gunicorn's gevent worker."""

    name = "flask-sse"

    def start(self) -> None:
        """Start Redis and gunicorn."""
        self.redis = services.RedisServer()
        port = services.free_port()
        # With gunicorn's own 1,000 connections a thousand tabs would leave nobody the place to post.
        environ = {"REDIS_URL": self.redis.url, "PYTHONPATH": str(services.ROOT)}
        self.process = _gunicorn("bench.flask_sse_app:app", port, 16_000, environ)
        self.aim = Aim(port)


class Floor(Peer):
    """A bare server in Python: tells a slow machine from a slow project."""

    name = "the floor"

    def start(self) -> None:
        """Start it."""
        port = services.free_port()
        command = [sys.executable, "-m", "bench.floor", str(port)]
        self.process = subprocess.Popen(
            command, cwd=services.ROOT, stderr=subprocess.DEVNULL, preexec_fn=embedded_redis.end_with_parent
        )
        self.aim = Aim(port)
        wait_for_port(port)


class Nchan(Peer):
    """nchan in nginx; it needs no Redis with one machine."""

    name = "nchan"

    def start(self) -> None:
        """Start nginx."""
        folder, port = tempfile.mkdtemp(prefix="bench-"), services.free_port()
        config = (HERE / "nchan.conf").read_text().replace("{folder}", folder).replace("{port}", str(port))
        Path(folder, "nginx.conf").write_text(config)
        command = ["/usr/sbin/nginx", "-c", f"{folder}/nginx.conf", "-p", folder]
        self.process = subprocess.Popen(command, preexec_fn=embedded_redis.end_with_parent)
        self.aim = Aim(port)
        wait_for_port(port)


def _gunicorn(app: str, port: int, connections: int, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        # Its own configuration file is not for these.
        [sys.executable, "-m", "gunicorn", "-c", "/dev/null", "-k", "gevent", "--bind", f"127.0.0.1:{port}"]
        + ["--worker-connections", str(connections), "--backlog", "2048", "--no-control-socket", app],
        cwd=services.ROOT,
        env={"PATH": os.environ["PATH"]} | environ,
        stderr=subprocess.DEVNULL,
        preexec_fn=embedded_redis.end_with_parent,
    )
    wait_for_port(port)
    return process


def wait_for_port(port: int) -> None:
    """Wait until a server listens there."""

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    services.wait_for(answers, "the peer")
