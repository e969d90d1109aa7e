"""The per-user log in Redis: append, and replay after an id. The only place that knows its keys.

A log is a Redis Stream; the id of an entry is the `id:` of its event. It holds the recent past only: the database is
the truth, and whoever asks for more than the log remembers is told to reload from there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple

from redis import Redis
from redis.cluster import RedisCluster

EVERYONE = "*"
"""Stands for all users at once, as whom an event is for. Nobody keeps a log of that."""

ENDED = b"ended"
"""Stands in the place of an event's id, before the sessions that have ended: told to all processes, and in no log."""

LENGTH = 500
"""About how many events a log remembers."""
LIFETIME = 24 * 3600
"""How long a log outlives its last event, in seconds."""
ORDER_LIFETIME = 3600
"""For how long a log knows how far an order has come, in seconds."""
MANY = 8
"""For so many users with the same event, or more, it is announced once, to all processes."""

_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")

# Append and publish in one script: two publishers on two connections cannot overtake each other, so the order of
# the log is the order on the channel. The users (ARGV[1]) get the same events, which are sent to Redis once; with an
# order (ARGV[4] names it) only those who are to. The id goes ahead of the event, on a line of its own; that of an event
# which is not logged is empty. All logs give it the same id if they can (one that has a higher one cannot): then
# it is announced once for many, with those who have it behind its id. Answers with who is behind, and how far they are.
_APPEND = """
local number, follows = tonumber(ARGV[5]), tonumber(ARGV[6])
local takers, behind = {}, {}
for user in ARGV[1]:gmatch('%S+') do
  local key = 'chat:{' .. user .. '}:newest:' .. ARGV[4]
  local newest = ARGV[4] ~= '' and tonumber(redis.call('GET', key) or 0) or nil
  if newest and newest < number and newest < follows then
    table.insert(behind, user)
    table.insert(behind, newest)
  elseif not newest or newest < number then
    if newest then redis.call('SET', key, ARGV[5], 'EX', ARGV[7]) end
    table.insert(takers, user)
  end
end
local function announce(user, id, event)
  redis.call('<publish>', 'chat:<database>:{' .. user .. '}:live', id .. '\\n' .. event)
end
for i = 8, #ARGV, 2 do
  local id, event, told = '', ARGV[i + 1], {}
  for _, user in ipairs(takers) do
    local own = ''
    if ARGV[i] == 'logged' then
      local key = 'chat:{' .. user .. '}:log'
      own = redis.pcall('XADD', key, 'MAXLEN', '~', ARGV[2], id == '' and '*' or id, 'e', event)
      if type(own) == 'table' then own = redis.call('XADD', key, 'MAXLEN', '~', ARGV[2], '*', 'e', event) end
      redis.call('EXPIRE', key, ARGV[3])
      if id == '' then id = own end
    end
    if own == id then table.insert(told, user) else announce(user, own, event) end
  end
  if #told >= <many> then
    announce('<everyone>', id .. ' ' .. table.concat(told, ' '), event)
  else
    for _, user in ipairs(told) do announce(user, id, event) end
  end
end
return behind
"""

# For each log (a key, and one to begin it with) what came after an id: 1, the id, and each entry's id and event. When
# the log does not hold that id, or none is given: 0, and the id of the newest entry. Redis reserves 4 KB for the first
# entry of a stream, and nothing for those of a copy: most people who open a page say nothing, and their logs would be
# most of what Redis holds.
_READ = """
local answers = {}
for i = 1, #KEYS, 2 do
  local after, known = ARGV[(i + 3) / 2], {}
  if after ~= '' then known = redis.call('XRANGE', KEYS[i], after, '+') end
  if known[1] and known[1][1] == after then
    local answer = {1, after}
    for j = 2, #known do
      table.insert(answer, known[j][1])
      table.insert(answer, known[j][2][2])
    end
    table.insert(answers, answer)
  else
    local newest = redis.call('XREVRANGE', KEYS[i], '+', '-', 'COUNT', 1)[1]
    local id = newest and newest[1]
    if not id then
      id = redis.call('XADD', KEYS[i + 1], '*', 'e', '')
      redis.call('COPY', KEYS[i + 1], KEYS[i])
      redis.call('DEL', KEYS[i + 1])
      redis.call('EXPIRE', KEYS[i], ARGV[1])
    end
    table.insert(answers, {0, id})
  end
end
return answers
"""


def _key(user_id: str) -> str:
    # The braces keep all keys of one user in one slot of a Redis Cluster.
    return f"chat:{{{user_id}}}:log"


def listener(name: bytes) -> str:
    """The user whose channel has this name, or EVERYONE; empty for any other name."""
    return name.decode().partition("{")[2].partition("}")[0]


def is_id(text: str) -> bool:
    """Whether this is the id of an event."""
    return _ID.fullmatch(text) is not None


def position(event_id: str) -> tuple[int, int]:
    """An event id as a number pair that sorts in the order of the log."""
    milliseconds, _, serial = event_id.partition("-")
    return int(milliseconds), int(serial or 0)


class Order(NamedTuple):
    """Where something stands among all that has the same name: a log takes what rises, and nothing twice."""

    name: str
    number: int
    """From 1. A log that has had this number or a higher one takes no more of it."""
    follows: int = 0
    """A log that has not come this far does not take it yet."""


class Entry(NamedTuple):
    """What is to be appended to the log of a user, or only announced when it is fleeting."""

    user_id: str
    data: bytes
    fleeting: bool = False
    order: Order | None = None


Alike = tuple[Order | None, tuple[tuple[str, bytes], ...], list[str]]
"""An order, events with whether each is logged, and the users who get all this alike."""


def _alike(entries: Iterable[Entry], most: int | None) -> Iterator[Alike]:
    """The same entries, those that users get alike together: of at most so many users, if there is a limit."""
    together: dict[tuple[Order | None, tuple[tuple[str, bytes], ...]], list[str]] = {}
    seen: set[str] = set()
    for (user_id, order), own in groupby(entries, lambda entry: (entry.user_id, entry.order)):
        events = tuple(("fleeting" if it.fleeting else "logged", it.data) for it in own)
        if user_id == EVERYONE and any(form == "logged" for form, _ in events):
            raise ValueError("What is for everyone is in nobody's log: it must be fleeting.")
        if user_id in seen or (most and len(seen) == most):  # what comes later for the same user stays behind
            yield from ((*it, users) for it, users in together.items())
            together, seen = {}, set()
        seen.add(user_id)
        together.setdefault((order, events), []).append(user_id)
    yield from ((*it, users) for it, users in together.items())


class Past(NamedTuple):
    """What somebody has missed who comes back."""

    missed: list[tuple[str, bytes]] | None
    """The entries after the id that they had, oldest first; None when the log does not hold it (any more)."""
    seen: str
    """The id that they had, if the log holds it; else that of its newest entry."""


class Log:
    """The logs of all users, on one Redis or, with `sharded` channels, on a cluster."""

    def __init__(self, redis: Redis, sharded: bool = False):
        self.redis = redis
        self.sharded = sharded
        # Channels do not belong to a database, as keys do: two deployments on one Redis must not hear each other.
        # A cluster has only one.
        self._database = 0 if sharded else redis.get_connection_kwargs().get("db") or 0
        named = {"publish": "SPUBLISH" if sharded else "PUBLISH", "many": MANY, "everyone": EVERYONE}
        self._append = _APPEND
        for name, value in (named | {"database": self._database}).items():
            self._append = self._append.replace(f"<{name}>", str(value))
        self._append_sha = hashlib.sha1(self._append.encode(), usedforsecurity=False).hexdigest()

    def channel(self, user_id: str) -> str:
        """The pub/sub channel on which a user's events are announced, or those for EVERYONE."""
        return f"chat:{self._database}:{{{user_id}}}:live"

    def append(self, entries: Iterable[Entry]) -> dict[str, int]:
        """Append each entry and announce it, for each user in this sequence and in one round trip.

        Entries that follow each other and have the user and the order in common are appended together or not at all.
        What several users get alike goes to Redis once. Returns the users whose log has not come as far as an order
        demands, and how far it has come; they get nothing. Raises ValueError, before anything is sent, for an entry
        to EVERYONE that is not fleeting.
        """
        parts = list(_alike(entries, most=1 if self.sharded else None))  # a node of a cluster has only its own users
        if not parts:
            return {}
        with self.redis.pipeline(transaction=False) as pipe:
            for part, (order, events, users) in enumerate(parts):
                values = [" ".join(users), LENGTH, LIFETIME, *(order or ("", 0, 0)), ORDER_LIFETIME, *chain(*events)]
                # The first brings the script along, so that Redis surely knows it when the others name it; asking
                # before each round trip whether it does would be a round trip of its own. The nodes of a cluster
                # each get what is for them, so there every one does.
                named = part > 0 and not self.sharded
                script = ("EVALSHA", self._append_sha) if named else ("EVAL", self._append)
                pipe.execute_command(*script, 1, _key(users[0]), *values)  # type: ignore[no-untyped-call]
            answers: list[list[Any]] = pipe.execute()
        return {user.decode(): newest for it in answers for user, newest in zip(it[::2], it[1::2], strict=True)}

    def end_sessions(self, sessions: Iterable[str]) -> None:
        """Tell every process that these sessions have ended; raises redis.RedisError."""
        told = ENDED + b"\n" + " ".join(sessions).encode()
        publish = self.redis.spublish if self.sharded else self.redis.publish
        publish(self.channel(EVERYONE), told)

    def forget(self, user_ids: Iterable[str]) -> None:
        """Empty the logs of these users. What comes after has higher ids still, and who asks for what came after an
        event that was there is told to reload; raises redis.RedisError."""
        with self.redis.pipeline(transaction=False) as pipe:
            for key in map(_key, user_ids):
                pipe.xadd(key, {"e": ""}, nomkstream=True)
                pipe.xtrim(key, maxlen=1, approximate=False)
            pipe.execute()

    def forget_all(self) -> None:
        """Delete all logs, and how far each has come: the database is another one now. Raises redis.RedisError."""
        for key in self.redis.scan_iter("chat:{*", count=1000):
            self.redis.delete(key)

    def listened_to(self, user_ids: Iterable[str]) -> set[str]:
        """Which of these users have an open stream, or had one a few seconds ago, anywhere in the deployment.

        This is what presence is, with nothing that could be stale: a process that dies loses its subscriptions.
        """
        channels = [self.channel(user_id) for user_id in user_ids]
        if not channels:
            return set()
        counts: Any = (
            self.redis.pubsub_shardnumsub(*channels, target_nodes=RedisCluster.PRIMARIES)
            if self.sharded
            else self.redis.pubsub_numsub(*channels)
        )
        return {listener(name) for name, count in counts if count}

    def tail(self, user_id: str) -> str:
        """The id of the newest entry; raises redis.RedisError."""
        return self.read([(user_id, None)])[0].seen

    def after(self, user_id: str, event_id: str) -> list[tuple[str, bytes]] | None:
        """The entries after `event_id`, oldest first, or None when the log does not hold that id (any more). Raises
        redis.RedisError."""
        return self.read([(user_id, event_id)])[0].missed

    def read(self, asked: Sequence[tuple[str, str | None]]) -> list[Past]:
        """For each of these users what their log has after an id, or without one where it ends; in one round trip.

        An empty log gets a silent entry first, so that there always is one: otherwise "nothing yet" could not be told
        from "all was lost". Raises redis.RedisError.
        """
        known = [event_id if event_id and is_id(event_id) else "" for _, event_id in asked]
        parts = [slice(it, it + 1) for it in range(len(asked))] if self.sharded else [slice(None)]
        with self.redis.pipeline(transaction=False) as pipe:
            for part in parts:  # the nodes of a cluster each have some of the users
                keys = [key for user_id, _ in asked[part] for key in (_key(user_id), f"chat:{{{user_id}}}:first")]
                pipe.execute_command("EVAL", _READ, len(keys), *keys, LIFETIME, *known[part])  # type: ignore[no-untyped-call]
            answers: list[list[list[Any]]] = pipe.execute()
        return [_past(event_id, *answer) for (_, event_id), answer in zip(asked, chain(*answers), strict=True)]


def _past(asked_for: str | None, is_known: int, seen: bytes, *missed: bytes) -> Past:
    entries = [(entry_id.decode(), event) for entry_id, event in zip(missed[::2], missed[1::2], strict=True) if event]
    return Past(entries if is_known or asked_for is None else None, seen.decode())
