"""The lease on a real Redis: one holder at a time, and never by mistake."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests import parts
from widget.link import lease
from widget.link.lease import Lease


@pytest.fixture(autouse=True)
def _free(redis: Redis) -> None:
    redis.flushdb()


def key(redis: Redis) -> bytes:
    [found] = redis.keys("chat:lease:*")
    return bytes(found)


def test_of_two_claimants_one_gets_the_lease_and_keeps_it(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    assert (one.claim(), two.claim(), one.claim(), two.claim()) == (True, False, True, False)
    assert (one.held, two.held) == (True, False)
    assert lease.holder(redis) == one.name


def test_of_many_claimants_at_once_exactly_one_gets_it(redis: Redis) -> None:
    claimants = [Lease(redis) for _ in range(16)]
    go = threading.Barrier(16)

    def claim(claimant: Lease) -> bool:
        go.wait()
        return claimant.claim()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(claim, claimants)) == 1


def test_it_runs_out_by_itself_after_ten_seconds_unless_it_is_renewed(redis: Redis) -> None:
    one = Lease(redis)
    one.claim()
    assert 9_000 < redis.pttl(key(redis)) <= 10_000
    redis.pexpire(key(redis), 1_000)
    assert one.claim()
    assert 9_000 < redis.pttl(key(redis)) <= 10_000


def test_when_it_has_run_out_another_takes_it_and_the_first_learns_so(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    one.claim()
    redis.pexpire(key(redis), 1)
    parts.wait_for(two.claim, "the lease to run out", within=2)
    assert not one.claim()
    assert not one.held
    assert lease.holder(redis) == two.name


def test_released_it_is_free_at_once(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    one.claim()
    one.release()
    assert not one.held
    assert lease.holder(redis) is None
    assert two.claim()


def test_releasing_does_not_take_it_from_another(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    one.claim()
    two.release()
    assert lease.holder(redis) == one.name


def test_when_redis_lost_everything_the_lease_can_be_taken_again(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    one.claim()
    redis.flushall()
    assert two.claim()
    assert not one.claim()
