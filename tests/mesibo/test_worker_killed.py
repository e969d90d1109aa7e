"""The worker with the lease is killed again and again while messages leave: each arrives once, in order."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
import requests

from tests import api, services
from tests.faults.processes import rows
from tests.mesibo.conftest import SdkServer, environ
from tests.mesibo.fake_rest_api import FakeRestApi
from tests.mesibo.fake_sdk import FakeSdk
from widget.mesibo import lease

KILLS, MESSAGES, VISITORS = 15, 300, 10


@pytest.fixture
def deployment(
    redis_server: services.RedisServer, mesibo: FakeRestApi, fake_sdk: FakeSdk, tmp_path: Path
) -> Iterator[services.ChatServer]:
    """Two workers."""
    settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": fake_sdk.token, "WEB_CONCURRENCY": "2"}
    place = redis_server.database(), f"sqlite:///{tmp_path}/chat.db"
    with services.closing(SdkServer(*place, **settings)) as chat:
        yield chat


def lease_holder(store: redis.Redis) -> int:
    """The process that holds the lease; 0 while there is none."""
    return int((lease.holder(store) or ":0:").split(":")[1])


def send(visitor: api.Person, conversation: str, text: str) -> None:
    """Send as a browser does: again and again with one id, until the server answers."""
    client_id = str(uuid.uuid4())

    def accepted() -> bool:
        with contextlib.suppress(requests.RequestException):
            return visitor.send(text, conversation, client_id).ok
        return False

    services.wait_for(accepted, f"an answer to {text!r}")


def test_three_hundred_messages_arrive_once_and_in_order_while_the_worker_is_killed_fifteen_times(
    deployment: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    fake_sdk.delay = 0.01
    people = [(visitor, visitor.conversation) for visitor in (api.visitor(deployment.url) for _ in range(VISITORS))]
    store = redis.Redis.from_url(deployment.environ["REDIS_URL"])
    texts = itertools.count()
    killed: list[int] = []

    def talk(person: tuple[api.Person, str], many: int) -> None:
        for _ in range(many):
            send(*person, f"message {next(texts)}")

    with ThreadPoolExecutor(VISITORS) as pool:
        for _ in range(KILLS):
            talking = [pool.submit(talk, person, MESSAGES // KILLS // VISITORS) for person in people]
            sent = len(fake_sdk.sent)
            services.wait_for(lambda sent=sent: len(fake_sdk.sent) > sent, "something to leave")  # type: ignore[misc]
            pid = services.wait_for(
                lambda: lease_holder(store) not in killed and lease_holder(store), "a worker with the lease"
            )
            # At a moment that nobody chose: before, while or after a message is handed over.
            moment = time.monotonic() + random.uniform(0, 0.05)
            services.wait_for(lambda moment=moment: time.monotonic() > moment)  # type: ignore[misc]
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
            for each in talking:
                each.result()
    url = deployment.environ["DATABASE_URL"]
    left = "SELECT count(*) FROM mesibo_outbox WHERE state != 'sent'"
    services.wait_for(lambda: rows(url, left) == [(0,)], "everything to leave", within=60)

    assert len(set(killed)) == KILLS
    assert len(fake_sdk.sent) == MESSAGES
    assert len({command["mid"] for command in fake_sdk.sent}) == MESSAGES
    arrived: dict[int, list[str]] = defaultdict(list)
    for command in fake_sdk.sent:
        arrived[command["gid"]].append(command["text"])
    assert len(arrived) == VISITORS
    for visitor, conversation in people:
        [(gid,)] = rows(url, f"SELECT gid FROM mesibo_groups WHERE conversation_id = '{conversation}'")
        assert arrived[gid] == [message["body"] for message in visitor.history(conversation)]  # type: ignore[index]
    assert fake_sdk.most_connections == 1, "two were signed in at the same time"
    assert fake_sdk.starts > KILLS / 2  # some were killed before they had signed in
