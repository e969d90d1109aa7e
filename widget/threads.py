"""Work that would hold up everybody else's requests: done in a thread beside them, or in turns with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec, TypeVar

import gevent

P = ParamSpec("P")
T = TypeVar("T")

A_TURN = 10
"""How many items of a list are made at once, or rows with all that belongs to them: a few milliseconds."""


def run_in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do `work` in a thread of gevent's pool; only the greenlet that asked waits. Raises whatever `work` raises.

    For files, and for long computations that give up the interpreter lock. What runs there must not touch the
    database's sessions nor anything of Flask's.
    """
    result: T = gevent.get_hub().threadpool.apply(work, args, kwargs)
    return result


def give_way() -> None:
    """Let everybody else have a turn, in the middle of something long. It costs some four microseconds.

    A sleep of nothing would let only those on who are ready already: gevent's loop asks its sockets again when fifty
    such turns are over, and whoever waits for one would wait for all of them.
    """
    gevent.sleep(1e-9)


def in_turns(items: Iterable[T], most: int = A_TURN) -> Iterator[T]:
    """The items, with a turn for everybody else after so many: each of them is made, or worked upon, for a while."""
    for count, item in enumerate(items, 1):
        yield item
        if count % most == 0:
            give_way()
