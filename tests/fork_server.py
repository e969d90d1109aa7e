"""Starts gunicorn by forking a process that has everything loaded: a server answers in a quarter of the time.

`python -m tests.fork_server` is that process. A line of JSON on its standard input starts a server and is answered with
a line that holds its process id; another one tells when a server has ended. It imports what the product consists of,
made cooperative as gunicorn's workers make it, and runs none of it: each server makes its own app of its environment.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from typing import Any, NoReturn


def load() -> None:
    """Import what a server imports, in the same state: patched by gevent first."""
    from gevent import monkey

    # The workers patch the rest once more. gunicorn's master, which knows nothing of gevent, keeps its own.
    monkey.patch_all(os=False, signal=False, subprocess=False, queue=False)
    warnings.filterwarnings("ignore", category=monkey.MonkeyPatchWarning)
    import gc
    import pkgutil

    import gunicorn.app.wsgiapp
    import gunicorn.workers.ggevent  # noqa: F401

    import widget

    gc.disable()
    for module in pkgutil.walk_packages(widget.__path__, "widget."):
        if not module.name.startswith(("widget.devserver.", "widget.migrations.")):
            __import__(module.name)
    gc.collect()
    gc.freeze()
    gc.enable()


def tell(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def tell_who_ended(*_: object) -> None:
    """Told by a signal that there are some."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        tell(pid=pid, code=os.waitstatus_to_exitcode(status))


def next_server() -> dict[str, Any]:
    """Fork for each server that is wanted; returns in each of them, with what it shall be."""
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # none ends before it is known
        pid = os.fork()
        if pid:
            tell(pid=pid)
        else:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        if not pid:
            wanted: dict[str, Any] = json.loads(line)
            return wanted
    sys.exit(0)


def become(app: str, environ: dict[str, str], log: str) -> NoReturn:
    """Be `gunicorn APP`, as if it had been started with this environment."""
    from gunicorn.app import wsgiapp

    from widget.devserver import embedded_redis

    embedded_redis.end_with_parent()
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(here, there)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["gunicorn", app]
    wsgiapp.run()
    sys.exit(0)


if __name__ == "__main__":
    load()
    signal.signal(signal.SIGCHLD, tell_who_ended)
    become(**next_server())
