"""gunicorn as a fork of a process that has loaded everything (tests/fork_server.py)."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from widget.devserver import embedded_redis

ROOT = Path(__file__).parent.parent


class Server:
    """A gunicorn that was forked; what tests use of subprocess.Popen."""

    def __init__(self, pid: int, changed: threading.Condition):
        self.pid = pid
        self.returncode: int | None = None
        self._changed = changed

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._changed:
            if not self._changed.wait_for(lambda: self.returncode is not None, timeout):
                raise subprocess.TimeoutExpired("gunicorn", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks, from outside; it ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=embedded_redis.end_with_parent,
        )
        self._changed = threading.Condition()
        self._servers: dict[int, Server] = {}
        self._started: list[Server] = []
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, app: str, environ: dict[str, str], log: Path) -> Server:
        """Start gunicorn with this app and nothing but this environment; it writes to `log`."""
        assert self._process.stdin is not None
        with self._changed:
            self._process.stdin.write(json.dumps({"app": app, "environ": environ, "log": str(log)}).encode() + b"\n")
            self._process.stdin.flush()
            self._changed.wait_for(lambda: self._started or self._ended)
            assert self._started, "the process that forks servers has ended"
            return self._started.pop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self._changed:
                if "code" in told:
                    self._servers.pop(told["pid"]).returncode = told["code"]
                else:
                    server = self._servers[told["pid"]] = Server(told["pid"], self._changed)
                    self._started.append(server)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


@functools.cache
def shared() -> ForkServer:
    """The one of this process, started when it is wanted first."""
    return ForkServer()
