"""The per-user log in Redis: append, and replay after an id. The only place that knows its keys.

A log is a Redis Stream; the id of an entry is the `id:` of its event. It holds the recent past only: the database is
the truth, and whoever asks for more than the log remembers is told to reload from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from redis import Redis

LENGTH = 500
"""About how many events a log remembers."""
LIFETIME = 24 * 3600
"""How long a log outlives its last event, in seconds."""
ONCE = 600
"""How long a name given as `once` is remembered, in seconds."""

_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")

# Append and publish in one script: two publishers on two connections cannot overtake each other, so the order of
# the log is the order on the channel. The id goes ahead of the event, on a line of its own.
_APPEND = """
if ARGV[4] ~= '' and not redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[5]) then return false end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[2], id .. '\\n' .. ARGV[1])
return id
"""


def _key(user_id: str) -> str:
    # The braces keep all keys of one user in one slot of a Redis Cluster.
    return f"chat:{{{user_id}}}:log"


def channel(user_id: str) -> str:
    """The pub/sub channel on which a user's events are announced."""
    return f"chat:{{{user_id}}}:live"


def position(event_id: str) -> tuple[int, int]:
    """An event id as a number pair that sorts in the order of the log."""
    milliseconds, _, serial = event_id.partition("-")
    return int(milliseconds), int(serial or 0)


class Log:
    """The logs of all users, on one Redis."""

    def __init__(self, redis: Redis):
        self.redis = redis
        self._append = redis.register_script(_APPEND)

    def append(self, entries: Iterable[tuple[str, bytes, str]]) -> None:
        """Append each (user id, entry, once) and announce it, in this order and in one round trip.

        A user who has had an entry under the same name `once` gets no second one; an empty name means any number.
        """
        with self.redis.pipeline(transaction=False) as pipe:
            for user_id, entry, once in entries:
                keys = [_key(user_id), channel(user_id), f"chat:{{{user_id}}}:once:{once}"]
                self._append(keys=keys, args=[entry, LENGTH, LIFETIME, once, ONCE], client=pipe)
            pipe.execute()

    def tail(self, user_id: str) -> str:
        """The id of the newest entry. An empty log gets a silent entry first, so that there always is one:
        otherwise "nothing yet" could not be told from "all was lost"."""
        newest: Any = self.redis.xrevrange(_key(user_id), count=1)
        if newest:
            return str(newest[0][0].decode())
        first: Any = self.redis.xadd(_key(user_id), {"e": b""})
        self.redis.expire(_key(user_id), LIFETIME)
        return str(first.decode())

    def after(self, user_id: str, event_id: str) -> list[tuple[str, bytes]] | None:
        """The entries after `event_id`, oldest first, or None when the log does not hold that id (any more)."""
        if not _ID.fullmatch(event_id):  # Redis would take the whole command for wrong
            return None
        found: Any = self.redis.xrange(_key(user_id), min=event_id)
        if not found or found[0][0].decode() != event_id:
            return None
        return [(entry_id.decode(), fields[b"e"]) for entry_id, fields in found[1:] if fields.get(b"e")]
