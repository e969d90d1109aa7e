"""Measures how long a process computes without going back to its loop, as others would have to wait for it."""

from __future__ import annotations

import time
from pathlib import Path

import gevent


class LoopWatch:
    """Knows the longest turn of the loop, in seconds of computing: that a machine is busy is no stall."""

    def __init__(self) -> None:
        self.longest, self._before = 0.0, 0.0
        self._watcher = gevent.get_hub().loop.check()  # runs each time that the loop has waited for something
        self._watcher.start(self._turn)

    def _turn(self) -> None:
        now = time.thread_time()
        took, self._before = now - self._before, now
        self.took(took)

    def took(self, seconds: float) -> None:
        """A turn has taken so long."""
        self.longest = max(self.longest, seconds)


class WrittenLoopWatch(LoopWatch):
    """Writes it into a file, too, for another process."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def took(self, seconds: float) -> None:
        """Write it down if it was the longest."""
        if self._file.exists() and self._file.stat().st_size == 0:
            self.longest = 0.0  # who reads it begins anew, after the first turns, in which all is imported
        if seconds > self.longest:
            self.longest = seconds
            self._file.write_text(str(seconds))
