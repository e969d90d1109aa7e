"""One run of the SDK's process, with a socket for commands and events; it is ended with all that it has forked."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from widget.devserver.embedded_redis import end_with_parent

COMMAND = [sys.executable, "-P", str(Path(__file__).with_name("sdk_child.py"))]
"""A clean interpreter with the child's script; what is appended is the descriptor of its socket."""

TOO_OLD = "is too old, update"
"""What the SDK prints, and all it does, when its release has expired."""

_log = logging.getLogger(__name__)


class SdkProcess:
    """A process that writes JSON lines to its socket, and prints whatever it likes."""

    def __init__(self) -> None:
        self._pipe, theirs = socket.socketpair()
        self._printed, output = socket.socketpair()
        with theirs, output:
            self._child = subprocess.Popen(
                [*COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output.fileno(),
                stderr=output.fileno(),
                preexec_fn=end_with_parent,
                start_new_session=True,
            )
        self._rest = b""
        self.started_at = time.monotonic()
        self.last_output = ""
        """The last that it printed."""
        self.too_old = False
        """Whether it has printed that its release has expired."""
        self.ended = False
        """Whether it has ended by itself."""

    def command(self, **arguments: Any) -> None:
        """Give it a command."""
        with contextlib.suppress(OSError):  # its end is noticed by `read_lines`
            self._pipe.sendall(json.dumps(arguments).encode() + b"\n")

    def read_lines(self, seconds: float) -> list[dict[str, Any]]:
        """The lines that came, waiting at most `seconds` for the first; none when it has `ended`."""
        ready, _, _ = select.select([self._pipe, self._printed], [], [], max(0.0, seconds))
        if self._printed in ready:
            self._read_output(self._printed.recv(65536))
        if self._pipe in ready:
            with contextlib.suppress(OSError):
                if data := self._pipe.recv(262144):
                    *lines, self._rest = (self._rest + data).split(b"\n")
                    return [json.loads(line) for line in lines]
            self.ended = True
        elif self._child.poll() is not None:  # the helper that it forks may still hold the socket
            self.ended = True
        return []

    def _read_output(self, data: bytes) -> None:
        for line in filter(str.strip, data.decode(errors="replace").splitlines()):
            _log.debug("the SDK prints: %s", line)
            self.last_output = line.strip()[:150]
            self.too_old |= TOO_OLD in line
        if not data:  # it has closed its output and is about to end
            time.sleep(0.01)

    def end(self) -> str:
        """End it at once, if it has not ended, and with it the helper that the SDK forks; returns how it ended."""
        code = None
        if self.ended:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._child.wait(1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1)
        self._pipe.close()
        self._printed.close()
        return f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
