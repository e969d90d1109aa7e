"""How many streams somebody may have open in the whole deployment. Each process knows its own; Redis adds them up."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from redis import Redis

TOO_OLD = b"too-old"
"""Stands in the place of an event's id, before the moment from which a user's streams stay open: told on the user's
channel, and in no log."""

LIFETIME = 3600
"""For how many seconds Redis knows when streams were opened, after the newest of a user."""

# Each process says when its own streams were opened. Those of a process that has died go with the oldest. The moment
# is told to all processes: each ends what it has from before.
_COUNT = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
local opened, newest, known = {}, {}, redis.call('HGETALL', KEYS[1])
for i = 1, #known, 2 do
  for moment in string.gmatch(known[i + 1], '%d+') do
    table.insert(opened, tonumber(moment))
    newest[known[i]] = math.max(newest[known[i]] or 0, tonumber(moment))
  end
end
local most = tonumber(ARGV[3])
if #opened <= most then return end
table.sort(opened)
local from = opened[#opened - most + 1]
for process, moment in pairs(newest) do
  if moment < from then redis.call('HDEL', KEYS[1], process) end
end
redis.call('<publish>', KEYS[2], '<too old>\\n' .. string.format('%.0f', from))
"""


class StreamLimit:
    """Counts the streams of a user in all processes, on one Redis or, with `sharded` channels, on a cluster."""

    def __init__(self, redis: Redis, sharded: bool = False):
        self._redis = redis
        self._process = secrets.token_hex(8)
        publish = "SPUBLISH" if sharded else "PUBLISH"
        self._script = _COUNT.replace("<publish>", publish).replace("<too old>", TOO_OLD.decode())

    def count(self, user_id: str, channel: str, opened: Iterable[int], most: int) -> None:
        """Say when this process's streams of a user were opened (microseconds). If there are more than `most` in all,
        every process is told which are too old. Raises redis.RedisError."""
        key = f"chat:{{{user_id}}}:streams"  # in the same slot of a cluster as the channel
        moments = " ".join(map(str, opened))
        self._redis.eval(self._script, 2, key, channel, self._process, moments, most, LIFETIME)
