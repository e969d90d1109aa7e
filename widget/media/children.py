"""Starts child processes and hears them out, without holding up the loop.

gevent's own subprocess forks: on a busy machine that stops a process with all its tabs for a tenth of a second.
`posix_spawn` shares the memory until the new program is loaded, and takes a millisecond.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import gevent
from gevent.os import make_nonblocking, nb_read

from widget.settings import ROOT

MOST = 256 * 1024
"""Bytes that a child may print."""


class Unfinished(Exception):
    """A child printed too much, or did not end in time."""


def run_module(module: str, *args: str, seconds: float) -> bytes:
    """Run one of our modules in a Python of its own; returns what it prints.

    Only this greenlet waits. However a child ends, nothing tells: it has to print something that is whole. Raises
    Unfinished.
    """
    command = [sys.executable, "-P", "-m", module, *args]
    reading, writing = os.pipe()
    try:
        try:
            actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
            pid = os.posix_spawn(sys.executable, command, {"PYTHONPATH": str(ROOT)}, file_actions=actions)
        finally:
            os.close(writing)
        try:
            return _read_all(reading, seconds)
        finally:
            _end(pid)
    finally:
        os.close(reading)


def _read_all(pipe: int, seconds: float) -> bytes:
    make_nonblocking(pipe)
    printed = b""
    with gevent.Timeout(seconds, Unfinished):
        while piece := nb_read(pipe, 64 * 1024):
            printed += piece
            if len(printed) > MOST:
                raise Unfinished
    return printed


def _end(pid: int) -> None:
    """See to it that a child is gone; one that has closed what it prints to has nothing left to do."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
