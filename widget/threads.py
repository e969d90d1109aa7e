"""Work that would hold up everybody else's requests, done in a thread beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gevent

P = ParamSpec("P")
T = TypeVar("T")


def run_in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do `work` in a thread of gevent's pool; only the greenlet that asked waits. Raises whatever `work` raises.

    For files, and for long computations that give up the interpreter lock. What runs there must not touch the
    database's sessions nor anything of Flask's.
    """
    result: T = gevent.get_hub().threadpool.apply(work, args, kwargs)
    return result
