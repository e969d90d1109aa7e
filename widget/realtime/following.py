"""What a user follows: the topics of which their selective streams get events whole, on all processes alike."""

from __future__ import annotations

from typing import Any

from redis import Redis

FOLLOWED = b"followed"
"""Stands in the place of an event's id, before the topics that a user follows now: told on the user's channel, and in
no log."""

MOST = 10
"""How many topics somebody follows: those named last."""

LIFETIME = 24 * 3600
"""How long that is remembered, in seconds."""

# Told on the channel on which the user's events are announced: whatever is published later comes after it.
_FOLLOW = """
local time = redis.call('TIME')
local new = redis.call('ZADD', KEYS[1], time[1] * 1000000 + time[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
if new == 1 then
  redis.call('<publish>', KEYS[2], '<followed>\\n' .. table.concat(redis.call('ZRANGE', KEYS[1], 0, -1), ' '))
end
return new
"""


class Following:
    """Who follows what, on one Redis or, with `sharded` channels, on a cluster."""

    def __init__(self, redis: Redis, sharded: bool = False):
        self._redis = redis
        publish = "SPUBLISH" if sharded else "PUBLISH"
        self._follow = _FOLLOW.replace("<publish>", publish).replace("<followed>", FOLLOWED.decode())

    def follow(self, user_id: str, channel: str, topic: str) -> bool:
        """The user follows this topic from now on, and the one named longest ago no more if they are too many.

        Every process has heard of it before it hears of what is published after this call. Returns False when it was
        followed already. Raises redis.RedisError.
        """
        new: Any = self._redis.eval(self._follow, 2, _key(user_id), channel, topic, MOST, LIFETIME)
        return bool(new)

    def topics(self, user_id: str) -> frozenset[str]:
        """What the user follows; raises redis.RedisError."""
        found: Any = self._redis.zrange(_key(user_id), 0, -1)
        return frozenset(topic.decode() for topic in found)


def _key(user_id: str) -> str:
    return f"chat:{{{user_id}}}:followed"  # in the same slot of a cluster as the channel
