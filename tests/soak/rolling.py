"""A rolling deploy: the release before serves beside this one, on the same database and Redis, while everybody writes.

`python -m tests.soak.rolling REVISION` (of git) prints what became of it as one JSON object, and ends with 1 when
anything was lost, doubled, out of order or answered with 500, or when somebody was shut out. DATABASE=sqlite takes
that; SECONDS=15 says how long each of the three parts is: the old release alone, both, the new one alone.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import requests

from tests import api, bots, services
from tests.soak.listeners import Listeners
from tests.soak.proxy import Proxy
from tests.soak.writers import Writer, Writers

VISITORS, AGENTS, TABS = 4, 2, 3
PAGES = ("/popup", "/widget.js", "/inbox", "/w/conversations", "/readyz")
ASSET = re.compile(r"""["'(](/static/[^"')?]+)""")


class OldServer(services.ChatServer):
    """The chat as it was in another revision; its commands run in processes of their own."""

    def __init__(self, root: Path, redis_url: str, database_url: str, **environ: str):
        self.root = root
        super().__init__(redis_url, database_url, PYTHONPATH=str(root), **environ)

    def flask(self, *command: str) -> str:
        words = [sys.executable, "-m", "flask", "--app", "app", *command]
        done = subprocess.run(words, cwd=self.root, env=self.environ, check=True, capture_output=True, text=True)
        return done.stdout.strip()


def tree_of(revision: str, folder: Path) -> Path:
    """The files of a revision."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", revision], cwd=services.ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Deploy:
    """The two releases behind a proxy, and what they answered that they should not have."""

    def __init__(self, old: services.ChatServer):
        self.old = old
        self.new: services.ChatServer | None = None
        self.proxy = Proxy(old.port)
        self.url = f"http://127.0.0.1:{self.proxy.port}"
        self.wrong: Counter[str] = Counter()

    def check(self, people: Iterable[api.Person], where: Iterable[services.ChatServer]) -> None:
        """Ask each server for each page, and for what a page of the other one would load."""
        servers, assets = list(where), set()
        for person in people:
            for server in servers:
                for path in PAGES:
                    answer = requests.get(
                        server.url + path, headers=person.headers | {"Accept": "text/html"}, timeout=30
                    )
                    assets |= set(ASSET.findall(answer.text))
                    if answer.status_code >= 500:
                        self.wrong[f"{self._name(server)} {path} {answer.status_code}"] += 1
        for server in servers:
            for path in assets:
                status = requests.get(server.url + path, timeout=30).status_code
                if status != 200:
                    self.wrong[f"{self._name(server)} {path} {status}"] += 1

    def _name(self, server: services.ChatServer) -> str:
        return "old" if server is self.old else "new"


def wait_and_cut(deploy: Deploy, seconds: float, check: Callable[[], None]) -> None:
    """Let it run, and cut connections now and then, so that tabs go from one release to the other and back."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check()
        deploy.proxy.cut(random.Random(1))
        threading.Event().wait(seconds / 4)


def roll(revision: str, kind: str, seconds: float) -> dict[str, Any]:
    """Deploy this release over another one; returns the counts."""
    services.wait_for.__defaults__ = ("it", 90.0)
    folder = Path(tempfile.mkdtemp(prefix="chat-rolling-"))
    environ = {"STORAGE_URL": f"file:{folder}/files", "WEB_CONCURRENCY": "1"}
    postgres = services.PostgresServer() if kind == "postgresql" else None
    url = postgres.database() if postgres else f"sqlite:///{folder}/chat.db"
    with services.closing(services.RedisServer()) as redis:
        old = OldServer(tree_of(revision, folder / "old"), redis.url, url, **environ)
        deploy = Deploy(old)
        try:
            return _roll(deploy, redis.url, url, environ, seconds)
        finally:
            deploy.proxy.close()
            for server in filter(None, (old, deploy.new)):
                server.kill()
            if postgres:
                postgres.stop()


def _roll(deploy: Deploy, redis_url: str, url: str, environ: dict[str, str], seconds: float) -> dict[str, Any]:
    old, proxy = deploy.old, deploy.proxy
    visitors = [api.visitor(deploy.url) for _ in range(VISITORS)]
    agents = [api.Person(deploy.url, api.agent(old).headers) for _ in range(AGENTS)]
    bot = api.Person(deploy.url, bots.add(old).headers)
    conversations = [it.conversation for it in visitors]
    who = [(it, [own]) for it, own in zip(visitors, conversations, strict=True)]
    who += [(it, conversations[1:]) for it in agents]
    who.append((bot, conversations[:1]))  # where people answer, it does not
    listeners = Listeners(who, proxy.port, TABS)
    services.wait_for(listeners.ready, "all streams")
    writers = Writers([Writer(person, proxy.port, theirs) for person, theirs in who], pause=0.05)
    wait_and_cut(deploy, seconds, lambda: deploy.check((visitors[0], agents[0]), [old]))
    deploy.new = new = services.ChatServer(redis_url, url, **environ)  # which migrates, as a release does
    proxy.targets = [old.port, new.port]
    wait_and_cut(deploy, seconds, lambda: deploy.check((visitors[0], agents[0]), [old, new]))
    proxy.targets = [new.port]
    old.stop()
    wait_and_cut(deploy, seconds, lambda: deploy.check((visitors[0], agents[0]), [new]))
    writers.end()
    sent = writers.acknowledged
    give_up = time.monotonic() + 60
    while (lost := listeners.lost(sent)) and time.monotonic() < give_up:
        threading.Event().wait(0.5)
    listeners.close()
    statuses = sum((it.statuses for it in writers.all), Counter[int]())
    return {
        "acknowledged": len(sent),
        "lost": len(lost),
        "doubled": len(listeners.doubled()),
        "out_of_order": len(listeners.out_of_order()),
        "statuses": dict(sorted(statuses.items())),
        "wrong": dict(deploy.wrong),
        "resyncs": sum(it.resyncs for it in listeners.all),
        "complaints": {name: server.printed().count("Traceback") for name, server in (("old", old), ("new", new))},
    }


def well(found: dict[str, Any]) -> bool:
    """Whether nobody noticed more than a stream that came back."""
    refused = [status for status in found["statuses"] if status >= 500 and status != 503]
    return not (refused or any(found[name] for name in ("lost", "doubled", "out_of_order", "wrong")))


if __name__ == "__main__":
    found = roll(sys.argv[1], os.environ.get("DATABASE", "postgresql"), float(os.environ.get("SECONDS") or 15))
    print(json.dumps(found))
    sys.exit(not well(found))
