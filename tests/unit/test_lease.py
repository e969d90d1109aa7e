"""The lease on a real Redis: one holder at a time, and never by mistake."""

from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests import services
from widget.mesibo import lease
from widget.mesibo.lease import Lease


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
    services.wait_for(two.claim, "the lease to run out", within=2)
    assert not one.claim()
    assert not one.held
    assert lease.holder(redis) == two.name


def dead_process() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_the_lease_of_a_process_that_died_beside_us_need_not_run_out(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    one.name = one.name.replace(f":{os.getpid()}:", f":{dead_process()}:")
    one.claim()
    assert two.claim()
    assert lease.holder(redis) == two.name
    assert not one.claim()


def test_the_lease_of_a_process_that_cannot_be_seen_from_here_runs_out_as_ever(redis: Redis) -> None:
    one, two = Lease(redis), Lease(redis)
    # In another container of the same name the same process id means somebody else.
    elsewhere = f"host:{dead_process()}:{'0' * 16}_abc"
    one.name = elsewhere
    one.claim()
    assert not two.claim()
    assert lease.holder(redis) == elsewhere


def test_it_holds_for_what_is_over_before_it_runs_out(redis: Redis) -> None:
    one = Lease(redis)
    assert not one.holds_for(0)
    one.claim()
    assert one.holds_for(9)
    assert not one.holds_for(10)


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
