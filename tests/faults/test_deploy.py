"""A clone of the repository, a PostgreSQL and a Redis are all that a platform needs to serve the chat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import requests

from tests import api, services
from tests.faults.processes import MANIFEST, PROCFILE, alive, bodies, copy_of_the_tree, family, worker_behind
from widget.devserver import embedded_redis

WORKERS = 2
TOOLS = Path(sys.executable).parent  # gunicorn, flask and honcho, as a platform has them on its PATH


@dataclass
class Deployment:
    """`honcho start` in a clone."""

    url: str
    redis_url: str
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """The processes that serve: gunicorn's, but not its master, who only listens."""
        gunicorns = [pid for pid, command in alive(family(self.process.pid)).items() if "bin/gunicorn" in command]
        masters = {parent_of(pid) for pid in gunicorns}
        return [pid for pid in gunicorns if pid not in masters]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture(scope="module")
def deployment(
    postgres: services.PostgresServer, redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("clone")
    copy_of_the_tree(folder)
    port, redis_url = services.free_port(), redis_server.database()
    environ = {
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "PORT": str(port),
        "DATABASE_URL": postgres.database().replace("postgresql://", "postgres://"),
        "REDIS_URL": redis_url,
        "WEB_CONCURRENCY": str(WORKERS),
    }
    environ |= {name: setting["value"] for name, setting in MANIFEST["env"].items() if "value" in setting}
    environ["SECRET_KEY"] = environ["IDENTITY_SECRET"] = "0123456789abcdef" * 4
    subprocess.run(PROCFILE["release"], shell=True, check=True, cwd=folder, env=environ)
    log = folder / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["honcho", "start"],
            cwd=folder,
            env=environ,
            stdout=output,
            stderr=output,
            preexec_fn=embedded_redis.end_with_parent,
        )
    found = Deployment(f"http://127.0.0.1:{port}", redis_url, process, log)
    try:
        services.wait_for(lambda: answers(found), "the deployment")
        yield found
    finally:
        process.terminate()
        process.wait(15)


def answers(deployment: Deployment) -> bool:
    assert deployment.process.poll() is None, deployment.log.read_text()
    try:
        return requests.get(f"{deployment.url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def streams_on_every_worker(deployment: Deployment, person: api.Person) -> dict[int, list[api.Stream]]:
    """Open streams until there are some on each worker."""
    found: dict[int, list[api.Stream]] = {pid: [] for pid in deployment.workers()}
    assert len(found) == WORKERS

    def open_one() -> bool:
        stream = person.listen()
        found[worker_behind(stream.response, found)].append(stream)
        return all(len(streams) >= 2 for streams in found.values())

    services.wait_for(open_one, "streams on each worker")
    return found


def test_streams_on_different_workers_all_get_the_conversation(deployment: Deployment) -> None:
    visitor = api.visitor(deployment.url)
    conversation = visitor.conversation
    placed = streams_on_every_worker(deployment, visitor)
    sent = [f"message {number}" for number in range(10)]
    for body in sent:
        assert visitor.send(body, conversation).status_code == 201
    for streams in placed.values():
        for stream in streams:
            services.wait_for(lambda: sent[-1] in bodies(stream, conversation), "the last message")  # noqa: B023
            assert bodies(stream, conversation) == sent
            stream.close()


def test_the_workers_stay_far_below_the_twenty_connections_of_a_small_redis(deployment: Deployment) -> None:
    people = [api.visitor(deployment.url) for _ in range(10)]
    streams = [stream for person in people for stream in (person.listen(), person.listen())]
    with ThreadPoolExecutor(20) as crowd:
        sent = crowd.map(lambda number: people[number % 10].send("all at once").status_code, range(100))
        assert set(sent) == {201}
    clients = redis.Redis.from_url(deployment.redis_url).client_list()
    database = deployment.redis_url.rpartition("/")[2]
    ours = [client for client in clients if client["db"] == database and client["cmd"] != "client|list"]
    assert WORKERS <= len(ours) <= 3 * WORKERS
    assert all(stream.response.ok for stream in streams)
    for stream in streams:
        stream.close()


def test_a_stream_behind_the_platforms_tls_router_is_still_taken_over_from_gunicorn(deployment: Deployment) -> None:
    visitor = api.visitor(deployment.url)
    visitor.headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    stream = visitor.listen()
    # One that gunicorn still holds, with a greenlet for it, is sent in chunks.
    assert "Transfer-Encoding" not in stream.response.headers
    assert visitor.send("hello").status_code == 201
    assert stream.next("message").data["body"] == "hello"
    stream.close()


def test_a_platform_that_signals_every_process_sees_them_all_gone_within_two_seconds(deployment: Deployment) -> None:
    """Comes last in this file: it ends the deployment."""
    visitor = api.visitor(deployment.url)
    placed = streams_on_every_worker(deployment, visitor)
    gunicorns = [*placed, *{parent_of(pid) for pid in placed}]
    began = time.monotonic()
    for pid in gunicorns:
        os.kill(pid, signal.SIGTERM)
    services.wait_for(lambda: not alive(gunicorns), "their end")
    assert time.monotonic() - began < 2
    for stream in (stream for streams in placed.values() for stream in streams):
        assert stream.ended.wait(1)
        assert stream.events[-1].type == "bye"
