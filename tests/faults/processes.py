"""What only the fault tests look at: rows in the database, and which process holds which connection."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests import api, services
from widget import settings

PROCFILE = dict(re.findall(r"^(\w+): (.+)$", (services.ROOT / "Procfile").read_text(), re.MULTILINE))
MANIFEST: dict[str, Any] = json.loads((services.ROOT / "app.json").read_text())


def rows(database_url: str, query: str) -> list[tuple[object, ...]]:
    """What the database itself says."""
    url = settings.from_environ({"DATABASE_URL": database_url}).database_url
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def nothing_is_unpublished(database_url: str) -> bool:
    return rows(database_url, "SELECT count(*) FROM outbox") == [(0,)]


def bodies(stream: api.Stream, conversation: str) -> list[str]:
    """What a stream has brought of a conversation, in the order of its coming."""
    return [event.data["body"] for event in stream.of("message") if event.data["conversation"] == conversation]


def comes_back(person: api.Person, last_id: str | None) -> api.Stream:
    """Connect again until it works, as a tab does."""

    def connect() -> api.Stream | None:
        with contextlib.suppress(requests.RequestException):
            stream = person.listen(last_id=last_id)
            return stream if stream.response.ok else None
        return None

    found = services.wait_for(connect, "a stream that opens again")
    assert found is not None
    return found


def worker_behind(response: requests.Response, workers: Iterable[int]) -> int:
    """Which of the processes holds the other end of an open response's connection."""
    below: Any = response.raw
    connection = below._fp.fp.raw._sock
    near, far = connection.getsockname()[1], connection.getpeername()[1]
    inode = _inode(far, near)
    for pid in workers:
        if f"socket:[{inode}]" in _open_files(pid):
            return pid
    raise AssertionError(f"none of {list(workers)} holds the connection from port {near} to port {far}")


def _inode(local: int, remote: int) -> str:
    """The kernel's number of the socket between two ports of this machine."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1].endswith(f":{local:04X}") and columns[2].endswith(f":{remote:04X}") and columns[9] != "0":
            return columns[9]
    raise AssertionError(f"there is no connection from port {local} to port {remote}")


def _open_files(pid: int) -> set[str]:
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


def copy_of_the_tree(target: Path) -> Path:
    """What a clone would hold, with the changes that are not committed yet; git itself may be missing here."""
    ignored = [line.rstrip("/") for line in (services.ROOT / ".gitignore").read_text().split()]
    shutil.copytree(services.ROOT, target, ignore=shutil.ignore_patterns(".git", *ignored), dirs_exist_ok=True)
    return target


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found, new = set(), [pid]
    while new:
        found.update(new)
        new = [child for parent in new for child in children.get(parent, [])]
    return found


def alive(pids: Iterable[int]) -> dict[int, str]:
    """Those of the processes that still run (a zombie does not), with their command lines."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z":
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return found
