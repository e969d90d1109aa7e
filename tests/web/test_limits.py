"""Somebody small cannot bring it down: what one network, one account and all together may do, and what it costs."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from widget.web import network_address

pytestmark = pytest.mark.any_database

PASSWORD = "correct horse battery staple"


@pytest.fixture
def behind_proxy(own_redis: services.RedisServer, tmp_path: Path) -> Iterator[services.ChatServer]:
    """A server that believes one proxy in front."""
    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(own_redis.url, url, PROXIES="1")) as chat:
        yield chat


def sign_in(server: services.ChatServer, email: str, password: str, address: str) -> int:
    fields = {"email": email, "password": password}
    return api.Person(server.url, {"X-Forwarded-For": address}).post("/inbox/sign-in", data=fields).status_code


def begin(server: services.ChatServer, address: str = "") -> int:
    headers = {"X-Forwarded-For": address} if address else {}
    return api.Person(server.url, headers).post("/w/session", json={}).status_code


def resident(server: services.ChatServer) -> float:
    """The memory of the worker, in MB."""
    [worker] = server.workers()
    status = Path(f"/proc/{worker}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def test_sign_ins_of_random_addresses_from_one_network_are_counted_before_anything_is_hashed(
    own_server: services.ChatServer,
) -> None:
    before = resident(own_server)
    answers = Counter(
        at_once([lambda: sign_in(own_server, f"{uuid.uuid4().hex}@example.com", "wrong", "9.9.9.9")] * 120)
    )
    assert answers[401] <= 30
    assert answers[429] >= 90
    assert resident(own_server) - before < 150  # two hashes of 46 MB, and the requests themselves


def test_sign_ins_from_everywhere_hash_two_at_a_time(behind_proxy: services.ChatServer) -> None:
    before = resident(behind_proxy)
    addresses = [f"9.9.{number}.9" for number in range(40)]
    answers = at_once(
        [lambda it=it: sign_in(behind_proxy, f"{uuid.uuid4().hex}@example.com", "wrong", it) for it in addresses]
    )
    assert set(answers) <= {401, 429}
    assert resident(behind_proxy) - before < 180


def test_wrong_passwords_from_elsewhere_do_not_lock_an_agent_out(behind_proxy: services.ChatServer) -> None:
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    agent = api.agent(behind_proxy, email)
    assert agent.post("/inbox/password", data={"password": PASSWORD}).status_code == 200
    tries = [sign_in(behind_proxy, email, "wrong", "2001:db8:bad::1") for _ in range(7)]
    assert tries == [401] * 5 + [429] * 2
    assert sign_in(behind_proxy, email, PASSWORD, "2001:db8:bad::2") == 429  # the same /64
    assert sign_in(behind_proxy, email, PASSWORD, "2001:db8:600d::1") == 303


def test_a_network_makes_sixty_visitors_a_minute_and_a_neighbour_as_many(behind_proxy: services.ChatServer) -> None:
    answers = Counter(begin(behind_proxy, "2001:db8:1:1::" + hex(number)[2:]) for number in range(1, 71))
    assert answers == {201: 60, 429: 10}
    assert begin(behind_proxy, "2001:db8:1:2::1") == 201


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "fe80::1", "0.0.0.0", "garbage"])
def test_a_private_or_forged_address_is_counted_like_any_other(address: str, behind_proxy: services.ChatServer) -> None:
    assert Counter(begin(behind_proxy, address) for _ in range(62)) == {201: 60, 429: 2}


def test_without_redis_each_process_counts_by_itself(
    behind_proxy: services.ChatServer, own_redis: services.RedisServer
) -> None:
    own_redis.stop()
    assert Counter(begin(behind_proxy, "9.9.9.9") for _ in range(65)) == {201: 60, 429: 5}


def test_with_proxies_0_behind_a_private_proxy_the_log_says_so_once(own_server: services.ChatServer) -> None:
    assert {begin(own_server) for _ in range(3)} == {201}
    assert "PROXIES" not in own_server.printed()
    assert {begin(own_server, "9.9.9.9") for _ in range(70)} == {201}  # all visitors of a site may be this address
    assert own_server.printed().count("Set PROXIES") == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:9.9.9.9", "9.9.9.9", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("9.9.9.9", "9.9.9.8", False),
        (None, "", True),
    ],
)
def test_what_counts_as_one_network(one: str | None, other: str, same: bool) -> None:
    assert (network_address.network(one) == network_address.network(other)) == same


def test_what_is_told_of_the_parts_is_for_who_runs_it(own_redis: services.RedisServer, tmp_path: Path) -> None:
    token = "m" * 32
    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(own_redis.url, url, PROXIES="1", METRICS_TOKEN=token)) as server:

        def ask(path: str, **headers: str) -> requests.Response:
            return requests.get(server.url + path, headers={"X-Forwarded-For": "9.9.9.9"} | headers, timeout=10)

        assert ask("/readyz").json() == {"ready": True}
        assert ask("/healthz").json() == {"status": "ok"}
        assert ask("/metrics").status_code == 401
        known = {"Authorization": f"Bearer {token}"}
        assert ask("/readyz", **known).json()["database"] == "ok"
        assert ask("/metrics", **known).ok
        assert ask("/metrics", Authorization="Bearer " + "x" * 32).status_code == 401
        own_redis.stop()
        assert (ask("/readyz").status_code, ask("/readyz").json()) == (503, {"ready": False})
