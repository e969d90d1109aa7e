"""The limit buffer: how often somebody has written, known in this process and told to Redis many at once.

A round trip to Redis for each message was a tenth of what it cost. The first one of somebody asks Redis; from then on
this process counts itself, tells Redis within PAUSE, and learns by that what others have counted. So who writes
through several processes in turn may send as much more as they can within PAUSE; through one, nothing more.
"""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from limits import RateLimitItem
from redis import Redis, RedisError

PAUSE = 0.25
"""Seconds for which counts are gathered."""

# What has been counted, and in how many milliseconds it begins anew. ARGV: for each key how many more, and its seconds.
_COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[2 * i - 1])
  if count == tonumber(ARGV[2 * i - 1]) then redis.call('EXPIRE', key, ARGV[2 * i]) end
  table.insert(counts, count)
  table.insert(counts, redis.call('PTTL', key))
end
return counts
"""


class _Spent:
    """What somebody has spent of their limits, as far as it is known here; `untold` is not in Redis yet."""

    def __init__(self, limits: Sequence[RateLimitItem]):
        self.limits = limits
        self.counts: list[int] = []
        self.until = 0.0
        self.untold = 0

    def learn(self, answer: list[int]) -> None:
        """Take over what Redis has counted."""
        self.counts = [count + self.untold for count in answer[::2]]
        self.until = time.monotonic() + min(answer[1::2]) / 1000


class LimitBuffer:
    """Counts in memory, and a loop of its own tells Redis a moment later."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._lock = threading.Lock()  # guards the counts; nobody waits for anything while holding it
        self._spent: dict[tuple[str, ...], _Spent] = {}
        self._running = False

    def spend(self, limits: Sequence[RateLimitItem], *key: str) -> bool:
        """Count one more of these limits; False, and not counted, when one of them is reached already.

        Raises redis.RedisError when nothing is known here yet and Redis does not answer.
        """
        with self._lock:
            known = self._spent.get(key)
            if known is not None and time.monotonic() < known.until:
                if any(count >= it.amount for count, it in zip(known.counts, limits, strict=True)):
                    return False
                known.counts = [count + 1 for count in known.counts]
                known.untold += 1
                self._start()
                return True
        return self._ask(limits, key)

    def _ask(self, limits: Sequence[RateLimitItem], key: tuple[str, ...]) -> bool:
        answer = self._count([(key, limits, 1)])
        with self._lock:
            spent = self._spent.setdefault(key, _Spent(limits))
            spent.learn(answer)
            self._start()  # which forgets it in time
            return all(count <= it.amount for count, it in zip(spent.counts, limits, strict=True))

    def settle(self) -> None:
        """Tell Redis what was counted here, and learn what others have; raises redis.RedisError, and then keeps it."""
        with self._lock:
            now = time.monotonic()
            self._spent = {key: it for key, it in self._spent.items() if it.untold or now < it.until}
            told = {key: (it, it.untold) for key, it in self._spent.items() if it.untold}
        if not told:
            return
        answer = iter(self._count([(key, spent.limits, count) for key, (spent, count) in told.items()]))
        with self._lock:
            for spent, count in told.values():
                spent.untold -= count
                spent.learn(list(islice(answer, 2 * len(spent.limits))))

    def _count(self, told: Sequence[tuple[tuple[str, ...], Sequence[RateLimitItem], int]]) -> list[int]:
        """What Redis has counted with this: of each limit of each, how many, and the milliseconds that it goes on."""
        each = [(limit, key, count) for key, limits, count in told for limit in limits]
        keys = [f"LIMITS:{limit.key_for(*key)}" for limit, key, _count in each]
        values = (value for limit, _key, count in each for value in (count, limit.get_expiry()))
        answer: Any = self._redis.eval(_COUNT, len(keys), *keys, *values)
        return list(answer)

    def _start(self) -> None:
        if not self._running:
            self._running = True
            _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        """Settle for as long as anything is known; the next one begins anew."""
        while True:
            time.sleep(PAUSE)
            with suppress(RedisError):  # until it answers again, each process counts by itself
                self.settle()
            with self._lock:
                if not self._spent:
                    self._running = False
                    return
