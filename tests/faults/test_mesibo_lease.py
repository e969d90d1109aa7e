"""Of all workers of a deployment one holds the lease; when it ends, however it ends, another does."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
import requests

from tests import api, services
from tests.faults.processes import rows, worker_behind


@pytest.fixture(scope="module")
def deployment(
    redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[services.ChatServer]]:
    """Two servers of two workers each, on one Redis and one database."""
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('lease')}/chat.db"
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(services.closing(services.ChatServer(*place, WEB_CONCURRENCY="2", MESIBO_LINK="local")))
            for _ in range(2)
        ]


def status(server: services.ChatServer) -> dict[str, str]:
    """What `flask link status` prints."""
    return dict(line.split(": ", 1) for line in server.flask("link", "status").splitlines())


def lease_holder(server: services.ChatServer) -> int | None:
    """The process that holds the lease, as any server has it; None while there is none."""
    with contextlib.suppress(requests.RequestException):
        holder = requests.get(f"{server.url}/readyz", timeout=5).json()["lease"]["holder"]
        return int(holder.split(":")[1]) if holder else None
    return None


def lease_by_worker(server: services.ChatServer) -> dict[int, bool]:
    """Each worker of a server, and whether it holds the lease."""
    found: dict[int, bool] = {}

    def ask() -> bool:
        with requests.get(f"{server.url}/healthz", stream=True, timeout=5) as response:
            pid = worker_behind(response, server.workers())
            found[pid] = response.json()["lease"]["here"]
        return set(found) == set(server.workers())

    services.wait_for(ask, "an answer from each worker")
    return found


def test_exactly_one_worker_of_all_servers_holds_the_lease(deployment: list[services.ChatServer]) -> None:
    holder = services.wait_for(lambda: lease_holder(deployment[0]), "a worker with the lease")
    holds_lease = {pid: here for server in deployment for pid, here in lease_by_worker(server).items()}
    assert len(holds_lease) == 4
    assert [pid for pid, here in holds_lease.items() if here] == [holder]


def test_without_mesibo_no_row_is_written_for_it_and_the_command_says_so(deployment: list[services.ChatServer]) -> None:
    server = deployment[0]
    visitor = api.visitor(server.url)
    for number in range(5):
        assert visitor.send(f"message {number}").status_code == 201
    assert rows(server.environ["DATABASE_URL"], "SELECT count(*) FROM mesibo_outbox") == [(0,)]
    state = status(server)
    assert state["link"] == "local"
    assert re.fullmatch(rf".+:{lease_holder(server)}:\w+", state["held by"])
    assert state["waiting"] == "0"


def test_when_the_worker_with_the_lease_is_killed_another_worker_takes_over_within_fifteen_seconds(
    deployment: list[services.ChatServer],
) -> None:
    server = deployment[0]
    before = services.wait_for(lambda: lease_holder(server), "a worker with the lease")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    visitor = api.visitor(server.url)
    assert visitor.send("while nobody keeps").status_code == 201
    after = services.wait_for(
        lambda: lease_holder(server) not in (None, before) and lease_holder(server),
        "a worker with the lease",
        within=15,
    )
    assert after in {pid for each in deployment for pid in each.workers()}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_server_that_is_asked_to_end_hands_the_lease_over_at_once(
    deployment: list[services.ChatServer], number: signal.Signals
) -> None:
    before = services.wait_for(lambda: lease_holder(deployment[0]), "a worker with the lease")
    ending = next(server for server in deployment if before in server.workers())
    staying = next(server for server in deployment if server is not ending)
    began = time.monotonic()
    ending.process.send_signal(number)
    services.wait_for(lambda: lease_holder(staying) in staying.workers(), "the other server's worker")
    assert time.monotonic() - began < 4, "it waited for the lease to run out"
    ending.process.wait(5)
    ending.start()
