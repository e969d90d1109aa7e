"""How fast messages leave: no mesibo user sends more than mesibo allows one to send."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence


class Bucket:
    """A token bucket that never lets more than `most` pass in any `seconds`: half of them may go at once, and the
    other half comes back evenly.
    """

    def __init__(self, most: int, seconds: int, clock: Callable[[], float]):
        self._size = max(1, most // 2)
        self._rate = max(most - self._size, 1) / seconds
        self._clock = clock
        self._level = float(self._size)
        self._at = clock()

    def wait(self) -> float:
        """Seconds until one more may pass."""
        now = self._clock()
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1 - self._level) / self._rate)

    def take(self) -> None:
        """One has passed."""
        self._level -= 1


class RateLimit:
    """The buckets of every mesibo user that sends; `limits` are pairs of messages and seconds."""

    def __init__(self, limits: Sequence[tuple[int, int]], clock: Callable[[], float] = time.monotonic):
        self._buckets: dict[str, list[Bucket]] = defaultdict(lambda: [Bucket(*limit, clock) for limit in limits])

    def allows(self, sender: str) -> bool:
        """Whether this user may send one more message now; if so, it counts as sent."""
        buckets = self._buckets[sender]
        if any(bucket.wait() > 0 for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.take()
        return True


class Backoff:
    """How long to wait before trying again: a second, and twice as long each time, up to a minute."""

    LONGEST = 60.0

    def __init__(self) -> None:
        self._next = 1.0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        pause, self._next = self._next, min(self._next * 2, self.LONGEST)
        return pause

    def reset(self) -> None:
        """It went well."""
        self._next = 1.0
