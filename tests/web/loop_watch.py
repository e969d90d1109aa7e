"""Measures how long a process computes without going back to its loop, as others would have to wait for it."""

from __future__ import annotations

import time
from pathlib import Path

import gevent


class LoopWatch:
    """Writes the longest turn of the loop into a file, in seconds of computing: that a machine is busy is no stall."""

    def __init__(self, file: Path) -> None:
        self._file, self._longest, self._before = file, 0.0, 0.0
        self._watcher = gevent.get_hub().loop.check()  # runs each time that the loop has waited for something
        self._watcher.start(self._turn)

    def _turn(self) -> None:
        now = time.thread_time()
        took, self._before = now - self._before, now
        if self._file.exists() and self._file.stat().st_size == 0:
            self._longest = 0.0  # who reads it begins anew, after the first turns, in which all is imported
        if took > self._longest:
            self._longest = took
            self._file.write_text(str(took))
