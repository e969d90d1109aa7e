"""What happens to a deployment: each fault breaks a part and, in the end, lets it be whole again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable

import redis

from tests.soak.deployment import DISK_MB, Deployment

Fault = Callable[[Deployment, random.Random], None]


def _pause(dice: random.Random, longest: float = 1.5) -> None:
    threading.Event().wait(dice.uniform(0.2, longest))


def _signal(deployment: Deployment, dice: random.Random, how: signal.Signals) -> int:
    """Signal one of the workers; there is none for a moment after all have ended."""
    workers = deployment.chat.workers()
    worker = dice.choice(workers) if workers else 0
    with contextlib.suppress(ProcessLookupError):
        if worker:
            os.kill(worker, how)
    return worker


def kill_a_worker(deployment: Deployment, dice: random.Random) -> None:
    _signal(deployment, dice, signal.SIGKILL)


def end_a_worker(deployment: Deployment, dice: random.Random) -> None:
    _signal(deployment, dice, signal.SIGTERM)


def reload(deployment: Deployment, dice: random.Random) -> None:
    os.kill(deployment.chat.process.pid, signal.SIGHUP)


def stop_a_worker_for_a_moment(deployment: Deployment, dice: random.Random) -> None:
    worker = _signal(deployment, dice, signal.SIGSTOP)
    _pause(dice)
    with contextlib.suppress(ProcessLookupError):
        if worker:
            os.kill(worker, signal.SIGCONT)


def kill_the_server(deployment: Deployment, dice: random.Random) -> None:
    deployment.chat.kill()
    deployment.chat.start()


def restart_the_server(deployment: Deployment, dice: random.Random) -> None:
    deployment.chat.stop()
    deployment.chat.start()


def kill_redis(deployment: Deployment, dice: random.Random) -> None:
    deployment.redis.process.kill()
    deployment.redis.process.wait()
    _pause(dice)
    deployment.redis.start()


def stop_redis_for_a_moment(deployment: Deployment, dice: random.Random) -> None:
    os.kill(deployment.redis.process.pid, signal.SIGSTOP)
    _pause(dice)
    os.kill(deployment.redis.process.pid, signal.SIGCONT)


def cut_subscriptions(deployment: Deployment, dice: random.Random) -> None:
    with deployment.client() as client, contextlib.suppress(redis.RedisError):
        client.client_kill_filter(_type="pubsub")


def crash_postgres(deployment: Deployment, dice: random.Random) -> None:
    deployment.postgres.crash()
    _pause(dice)
    deployment.postgres.start()


def cut_database_connections(deployment: Deployment, dice: random.Random) -> None:
    deployment.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def cut_connections(deployment: Deployment, dice: random.Random) -> None:
    deployment.proxy.cut(dice)


def fill_the_disk_for_a_moment(deployment: Deployment, dice: random.Random) -> None:
    filling = deployment.disk / "filling"
    with contextlib.suppress(OSError), filling.open("wb") as file:
        for _ in range(DISK_MB * 2):  # more than there is, if the disk is the small one
            file.write(bytes(1024 * 1024))
    _pause(dice)
    filling.unlink(missing_ok=True)


def step_the_clock(deployment: Deployment, dice: random.Random) -> None:
    deployment.set_clock(dice.choice((-120, -5, 0, 5, 120)))


FAULTS: list[Fault] = [
    kill_a_worker,
    end_a_worker,
    reload,
    stop_a_worker_for_a_moment,
    kill_the_server,
    restart_the_server,
    kill_redis,
    stop_redis_for_a_moment,
    cut_subscriptions,
    crash_postgres,
    cut_database_connections,
    cut_connections,
    fill_the_disk_for_a_moment,
    step_the_clock,
]
