"""The supervisor, asked to end at one point of its start after the other: prints what went wrong.

A process of its own, because what it forks must have no threads. The chat and the shop are programs that only wait.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from tests import services
from tests.faults.processes import alive, family
from widget.devserver import embedded_redis, supervisor

WATCHED = {supervisor.__file__, embedded_redis.__file__, subprocess.__file__, __file__}
POINTS = 30
"""How many lines, evenly spread over the start, the signal is tried at."""


class Lines:
    """Counts the lines that the start comes past; at one of them, and at the next two, comes a Ctrl-C."""

    def __init__(self, stop_at: int | None):
        self.count = 0
        self.stop_at = stop_at
        self._own = os.getpid()

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in WATCHED or os.getpid() != self._own:
            return None
        looked_after = signal.getsignal(signal.SIGINT) is supervisor._note_stop  # before, Ctrl-C has only us to end
        if event == "line" and looked_after:
            self.count += 1
            if self.stop_at is not None and 0 <= self.count - self.stop_at < 3:
                os.kill(self._own, signal.SIGINT)
        return self.trace


class Lost:
    """Whatever is raised while this goes is lost."""

    def __del__(self) -> None:
        for _ in range(POINTS):
            pass


def prepare(*_: object) -> str:
    """Stands for the migrations."""
    Lost()
    return "ready"


def start(stop_at: int | None, folder: str) -> int:
    """Run the supervisor in this process; returns how it ended, or how many lines there were until it served."""
    program = Path(folder) / "waits"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    sys.executable = str(program)
    tempfile.tempdir = folder
    supervisor._prepare = prepare
    if stop_at is None:
        supervisor._all_run = lambda processes: len(processes) < 2
    os.environ.update(PORT=str(services.free_port()), REDIS_URL="")
    lines = Lines(stop_at)
    sys.settrace(lines.trace)
    code = supervisor.main(["--demo"])
    sys.settrace(None)
    return lines.count if stop_at is None else code


class Start:
    """A start in a process of its own."""

    def __init__(self, stop_at: int | None):
        self._stop_at = stop_at
        self._folder = tempfile.mkdtemp(prefix="chat-", dir="/tmp")
        self._printed = Path(self._folder, "printed")
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.setsid()
                with self._printed.open("w") as printed:
                    os.dup2(printed.fileno(), 1)
                    os.dup2(printed.fileno(), 2)
                code = start(stop_at, self._folder)
                left = [*alive(family(os.getpid()) - {os.getpid()}).values()]
                left += [it.name for it in Path(self._folder).iterdir() if it.name not in ("waits", "printed")]
                print(json.dumps([code, left]), flush=True)
            finally:
                os._exit(0)

    def ended(self) -> tuple[object, ...]:
        """How it ended, what it has left behind, and what it has printed."""
        services.wait_for(lambda: os.waitpid(self._pid, os.WNOHANG)[0], f"the end after Ctrl-C at {self._stop_at}")
        *words, last = self._printed.read_text().splitlines() or [""]
        shutil.rmtree(self._folder)
        return (*json.loads(last), words) if last.startswith("[") else (None, None, [*words, last])


def main() -> None:
    """Print what went wrong, by line, and the number of points that were tried."""
    count = Start(None).ended()[0]
    assert isinstance(count, int), count
    starts = {point: Start(point) for point in range(1, count, count // POINTS)}
    found = {point: start.ended() for point, start in starts.items()}
    print(json.dumps({"points": len(found), "wrong": {at: it for at, it in found.items() if it != (0, [], [])}}))


if __name__ == "__main__":
    main()
