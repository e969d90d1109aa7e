"""The hub: this process's one Redis subscription, and the fan-out from it to this process's subscribers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import redis
from redis import Redis, RedisError

from widget.batching import Batch
from widget.realtime.events import Event, ReceivedEvent
from widget.realtime.fan_out import FanOut
from widget.realtime.following import FOLLOWED, Following
from widget.realtime.log import ENDED, EVERYONE, Log, Past, is_id, listener
from widget.realtime.observer import Observer
from widget.realtime.pubsub import NodeConnection, PubSub
from widget.realtime.stream_limit import TOO_OLD, StreamLimit
from widget.realtime.subscriber import Subscriber
from widget.realtime.user_streams import UserStreams

HEARTBEAT = 15
"""Seconds between two comment lines on a stream; they keep proxies awake and tell a tab that its stream lives."""

SUBSCRIBE_TIMEOUT = 3
"""Seconds that a tab waits for Redis to confirm a subscription."""

GRACE = 5
"""Seconds for which a user whose last tab has closed is still listened for: a page that reloads is no departure."""

REMEMBERED = 60
"""Seconds for which a process knows that a session has ended: longer than a stream takes to be opened."""

JOINING = 64
"""For how many users who come at the same moment one command subscribes."""

CATCHING_UP = 16
"""The logs of how many are read at once: one may hold a megabyte."""

SESSION_ENDED = str(Event("session-ended", type="bye")).encode()
TOO_MANY = str(Event("too-many-streams", type="bye")).encode()

_log = logging.getLogger(__name__)


class StreamsUnavailable(Exception):
    """The process is ending, or Redis does not answer: no stream can be opened."""


def _farewell(subscriber: Subscriber, reason: bytes) -> None:
    subscriber.write(reason)
    subscriber.close()


class Hub:
    """Subscribes once for each user that has a stream here, and gives each event to all of those streams.

    Only the standard library's threads and locks are used: under gunicorn's gevent worker they are greenlets.
    """

    def __init__(self, connection: Redis, log: Log, observer: Observer | None = None):
        self._redis = connection
        self._log = log
        self._limit = StreamLimit(log.redis, log.sharded)
        self.following = Following(log.redis, log.sharded)
        self._fan_out = FanOut(observer)
        self._pubsub: PubSub | None = None
        self._closed = False
        self._streams: dict[str, UserStreams] = {}
        self._lock = threading.RLock()  # guards the streams and the order of what subscribers are given
        self._commands = threading.Lock()  # one command at a time on the connection
        self._joins = Batch(self._subscribe, JOINING)
        self._reads = Batch(log.read, CATCHING_UP)
        self._empty: dict[str, float] = {}  # since when (monotonic) a user has had no stream
        # Users whose unsubscription Redis has not confirmed yet, and when they left; None if nobody saw them.
        self._leaving: dict[str, list[datetime | None]] = {}
        self._beats: list[set[Subscriber]] = [set() for _ in range(HEARTBEAT)]
        self._opened = 0
        self._ended: dict[str, float] = {}  # sessions that ended a moment ago, and when (monotonic)

    @property
    def subscribers(self) -> int:
        """How many streams are open in this process."""
        return sum(len(beat) for beat in self._beats)

    @property
    def delivered(self) -> int:
        """How many events this process has given to subscribers."""
        return self._fan_out.count

    @property
    def observer(self) -> Observer | None:
        """Learns what only the hub can know."""
        return self._fan_out.observer

    @observer.setter
    def observer(self, observer: Observer | None) -> None:
        self._fan_out.observer = observer

    def open(self, subscriber: Subscriber, last_id: str | None, most: int | None = None) -> None:
        """Open a stream: subscribe first, replay what it missed, then live, nothing twice and nothing left out.

        Without `last_id` it begins now. Of more than `most` of a user in all processes, the oldest ends. Raises
        StreamsUnavailable when the process is ending or Redis does not answer.
        """
        try:
            streams = self._join(subscriber)
            if not streams.ready.wait(SUBSCRIBE_TIMEOUT):
                raise StreamsUnavailable
            if subscriber.is_selective and streams.followed is None:
                followed = self.following.topics(subscriber.user_id)
                with self._lock:
                    if streams.followed is None:  # else it was told meanwhile
                        streams.followed = followed
            past = Past([], streams.newest)
            if not past.seen or last_id not in (None, past.seen):  # else Redis need not be asked
                past = self._reads.ask((subscriber.user_id, last_id))
        except (RedisError, StreamsUnavailable) as error:
            subscriber.close()
            raise StreamsUnavailable from error
        with self._lock:
            if not streams.present and not subscriber.closed:
                streams.present = True
                if self.observer:
                    self.observer.connected(subscriber.user_id)
            streams.note_newest(self._fan_out.catch_up(streams, subscriber, past))
            if subscriber.session in self._ended:  # while it was being opened
                _farewell(subscriber, SESSION_ENDED)
            opened = list(streams.subscribers.values())
        if most is not None and len(opened) > most // 10:  # hardly anybody has so many in one process
            self._end_oldest(streams, opened, most)

    def _end_oldest(self, streams: UserStreams, opened: list[int], most: int) -> None:
        """End what a user has too many of: in all processes, or while Redis does not answer in this one."""
        try:
            self._limit.count(streams.user_id, self._log.channel(streams.user_id), opened, most)
        except RedisError:
            if len(opened) > most:
                self._end_older(streams, opened[-most])

    def _end_older(self, streams: UserStreams | None, than: int) -> None:
        with self._lock:
            for subscriber, opened in list(streams.subscribers.items()) if streams else []:
                if opened < than:
                    _farewell(subscriber, TOO_MANY)

    def _join(self, subscriber: Subscriber) -> UserStreams:
        with self._commands:
            if self._closed:
                raise StreamsUnavailable
            self._connect()
            with self._lock:
                streams = self._streams.get(subscriber.user_id)
                new = streams is None
                if streams is None:
                    streams = self._streams[subscriber.user_id] = UserStreams(subscriber.user_id)
                subscriber.user_id = streams.user_id  # the same text, once for all tabs
                streams.subscribers[subscriber] = time.time_ns() // 1000
                self._empty.pop(subscriber.user_id, None)
                self._opened += 1
                self._beats[self._opened % HEARTBEAT].add(subscriber)
        if new:
            self._joins.ask(subscriber.user_id)
        return streams

    def _subscribe(self, user_ids: Sequence[str]) -> Sequence[None]:
        """Subscribe for all who join at this moment."""
        with self._commands:
            with self._lock:  # who was ended meanwhile is not there any more
                joining = [user_id for user_id in user_ids if user_id in self._streams]
            if not joining or self._pubsub is None:
                return [None] * len(user_ids)
            try:
                self._pubsub.subscribe(self._log.channel(user_id) for user_id in joining)
            except RedisError:
                with self._lock:  # or their next tabs would wait for a confirmation that never comes
                    for user_id in joining:
                        self._streams.pop(user_id, None)
                raise
        return [None] * len(user_ids)

    def forget(self, subscriber: Subscriber) -> None:
        """A stream has closed: drop it, and a while after the user's last one the subscription."""
        with self._lock:
            for beat in self._beats:
                beat.discard(subscriber)
            streams = self._streams.get(subscriber.user_id)
            if streams is None:
                return
            streams.subscribers.pop(subscriber, None)
            if not streams.subscribers:  # unsubscribed later: the caller may be the event loop, where nothing may wait
                self._empty.setdefault(subscriber.user_id, time.monotonic())

    def _leave_empty(self) -> None:
        """End the subscriptions of those who have had no tab here for a while."""
        with self._commands:
            with self._lock:  # before it is sent: the confirmation may be here before the call returns
                now, today = time.monotonic(), datetime.now(UTC)
                grace = 0 if self._closed else GRACE
                gone = {user_id: now - since for user_id, since in self._empty.items() if now - since >= grace}
                for user_id, seconds in gone.items():
                    del self._empty[user_id]
                    at = today - timedelta(seconds=seconds) if self._streams.pop(user_id).present else None
                    self._leaving.setdefault(user_id, []).append(at)
            if not gone or self._pubsub is None:
                return
            try:
                self._pubsub.unsubscribe(self._log.channel(user_id) for user_id in gone)
            except RedisError:
                _log.debug("subscriptions could not be ended; their connection is gone anyway")

    def close(self) -> None:
        """The process is ending: say so on every stream and end it; the last heartbeat ends the subscriptions."""
        self._closed = True
        self._end_all(str(Event("restart", type="bye")).encode())

    def _end_all(self, farewell: bytes) -> None:
        with self._lock:
            for streams in list(self._streams.values()):
                streams.present = False  # it is the stream that ends, and nobody who leaves
                for subscriber in list(streams.subscribers):
                    subscriber.write(farewell)
                    subscriber.close()

    def _connect(self) -> None:
        """Connect when there is no connection yet; the first tab of the process pays for it."""
        if self._pubsub is None:
            pubsub = PubSub(self._redis, self._listen)
            pubsub.subscribe([self._log.channel(EVERYONE)])
            self._pubsub = pubsub
            if not self._opened:
                threading.Thread(target=self._beat, name="chat-heartbeat", daemon=True).start()

    def _listen(self, pubsub: PubSub, connection: NodeConnection) -> None:
        """Pass on what Redis announces until a connection is lost.

        Then nobody knows what was missed, so all streams end: each tab comes back with the last id it has seen and
        gets the rest from the log.
        """
        silent = False
        try:
            while True:
                announced = connection.receive(HEARTBEAT)
                if announced:
                    silent = False
                    self._receive(*announced)
                elif silent:
                    raise redis.ConnectionError("Redis has not answered a ping")
                else:
                    silent = True
                    with self._commands:
                        connection.ping()
        except (RedisError, OSError) as error:
            if self._pubsub is pubsub:
                _log.warning("the Redis subscription is lost (%s); all tabs are told to come back", error)
        except Exception:
            if self._pubsub is pubsub:  # else another connection was lost, and took this one with it
                _log.exception("the Redis subscription failed; all tabs are told to come back")
        finally:
            # No tab may join in between: it would be subscribed, ended and forgotten, and its user present for ever.
            with self._commands, self._lock:
                if self._pubsub is pubsub:
                    self._pubsub = None
                    self._end_all(b"")
                    for forgotten in (self._streams, self._empty, self._leaving):
                        forgotten.clear()
            pubsub.close()

    def _receive(self, kind: str, channel: bytes, data: bytes) -> None:
        user_id = listener(channel)
        if kind == "unsubscribe":
            if user_id not in self._leaving:  # we have not asked for it: the cluster has moved this user elsewhere
                raise redis.ConnectionError("a part of the cluster has moved")
            self._left(user_id)
        streams = self._streams.get(user_id)
        if kind == "subscribe" and streams and user_id not in self._leaving:
            streams.confirm()
        elif kind == "message":
            head, _, entry = data.partition(b"\n")
            if head == ENDED:
                self._end_sessions(entry.decode().split())
            elif head == TOO_OLD:
                self._end_older(streams, int(entry))
            elif head == FOLLOWED:
                with self._lock:
                    if streams:
                        streams.followed = frozenset(entry.decode().split())
            else:
                self._receive_event(user_id, head.decode(), entry)

    def _receive_event(self, user_id: str, head: str, entry: bytes) -> None:
        """Deliver what was announced to a user, to everyone, or to those of all who stand behind its id."""
        event_id, *users = head.split(" ")
        if event_id and not is_id(event_id):  # what only a later release knows, while it is rolled out
            return
        received = ReceivedEvent(event_id, entry)
        with self._lock:
            if user_id != EVERYONE or users:
                # Whoever has just come, and is not subscribed for yet, finds it in the log.
                found = [self._streams.get(it) for it in users or [user_id]]
                streams = [it for it in found if it and (not users or it.ready.is_set())]
            else:
                streams = list(self._streams.values())
            for each in streams:
                self._fan_out.deliver(each, received)

    def _end_sessions(self, sessions: list[str]) -> None:
        """Close the streams of sessions that have ended, and those that are being opened with them."""
        with self._lock:
            self._ended |= dict.fromkeys(sessions, time.monotonic())
            for streams in list(self._streams.values()):
                for subscriber in [it for it in streams.subscribers if it.session in self._ended]:
                    _farewell(subscriber, SESSION_ENDED)

    def _left(self, user_id: str) -> None:
        """Redis has confirmed an unsubscription: from now on it does not count us among those who listen."""
        with self._lock:
            waiting = self._leaving[user_id]
            at = waiting.pop(0)
            if not waiting:
                self._leaving.pop(user_id, None)
            if at is not None and self.observer:
                self.observer.disconnected(user_id, at)

    def _beat(self) -> None:
        """Each second: a comment line to a fifteenth of the streams, and an end to what nobody listens to."""
        turn = 0
        while not self._closed:
            time.sleep(1)
            turn = (turn + 1) % HEARTBEAT
            self._leave_empty()
            with self._lock:
                self._ended = {it: at for it, at in self._ended.items() if time.monotonic() - at < REMEMBERED}
                for subscriber in list(self._beats[turn]):
                    if subscriber.held is None:
                        subscriber.write(b":\n\n")
