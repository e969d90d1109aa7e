"""The hub: this process's one Redis subscription, and the fan-out from it to this process's tabs."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Any

import redis
from redis import Redis, RedisError

from widget.stream.events import RETRY, Event, frame
from widget.stream.log import Log, channel, position
from widget.stream.tab import Tab

HEARTBEAT = 15
"""Seconds between two comment lines on a stream; they keep proxies awake and tell a tab that its stream lives."""

PATIENCE = 3
"""Seconds that a tab waits for Redis to confirm a subscription."""

_WAKE = "chat:hub"  # a channel nobody publishes on: a subscription must name at least one
_log = logging.getLogger(__name__)


class HubClosed(Exception):
    """The process is ending, or Redis does not answer: no stream can be opened."""


class Room:
    """The tabs of one user in this process, and whether Redis has confirmed the subscription."""

    __slots__ = ("ready", "tabs")

    def __init__(self) -> None:
        self.tabs: set[Tab] = set()
        self.ready = threading.Event()


class Hub:
    """Subscribes once for each user that has a tab here, and gives each event to all of that user's tabs.

    Only the standard library's threads and locks are used: under gunicorn's gevent worker they are greenlets.
    """

    def __init__(self, connection: Redis, log: Log):
        self._redis = connection
        self._log = log
        self._pubsub: Any = None
        self._closed = False
        self._rooms: dict[str, Room] = {}
        self._lock = threading.RLock()  # guards the rooms and the order of what tabs are given
        self._wire = threading.Lock()  # one command at a time on the subscription
        self._empty: set[str] = set()  # users whose last tab here has closed
        self._leaving: Counter[str] = Counter()  # unsubscriptions that Redis has not confirmed yet
        self._beats: list[set[Tab]] = [set() for _ in range(HEARTBEAT)]
        self._opened = 0
        self.delivered = 0
        """How many events this process has given to tabs."""

    @property
    def tabs(self) -> int:
        """How many streams are open in this process."""
        return sum(len(beat) for beat in self._beats)

    def open(self, tab: Tab, last_id: str | None) -> None:
        """Subscribe a tab: subscribe first, replay what it missed, then live, nothing twice and nothing left out.

        Without `last_id` the tab begins now. Raises HubClosed when the process is ending or Redis does not answer.
        """
        try:
            room = self._join(tab)
            if not room.ready.wait(PATIENCE):
                raise HubClosed
            tail = self._log.tail(tab.user_id)
            missed = self._log.after(tab.user_id, last_id) if last_id else []
        except (RedisError, HubClosed) as error:
            tab.close()
            raise HubClosed from error
        with self._lock:
            self._catch_up(tab, missed, seen=last_id if last_id and missed else tail)

    def _join(self, tab: Tab) -> Room:
        with self._wire:
            if self._closed:
                raise HubClosed
            self._listen_first()
            with self._lock:
                room = self._rooms.get(tab.user_id)
                new = room is None
                if room is None:
                    room = self._rooms[tab.user_id] = Room()
                room.tabs.add(tab)
                self._opened += 1
                self._beats[self._opened % HEARTBEAT].add(tab)
            if new:
                self._pubsub.subscribe(channel(tab.user_id))
        return room

    def _catch_up(self, tab: Tab, missed: list[tuple[str, bytes]] | None, seen: str) -> None:
        """Write the past, then what came in meanwhile, and go live."""
        # An id alone dispatches nothing, but from here on the browser knows where it is (SSE standard, 9.2.6).
        tab.write(f"retry: {RETRY}\nid: {seen}\n\n".encode())
        if missed is None:
            tab.write(str(Event("reload", type="resync", id=seen)).encode())
        for event_id, entry in missed or []:
            tab.write(frame(entry, event_id, tab.as_json))
            seen = event_id
        held, tab.held, tab.seen = tab.held or [], None, position(seen)
        for event_id, data in held:
            self._pass_on(tab, event_id, data)

    def forget(self, tab: Tab) -> None:
        """A tab has closed: drop it, and the subscription with the user's last one."""
        with self._lock:
            for beat in self._beats:
                beat.discard(tab)
            room = self._rooms.get(tab.user_id)
            if room is None:
                return
            room.tabs.discard(tab)
            if room.tabs:
                return
            del self._rooms[tab.user_id]
            self._empty.add(tab.user_id)  # the caller may be the event loop, where nothing may wait

    def _leave_empty(self) -> None:
        """End the subscriptions of those who have no tab here any more."""
        with self._wire:
            gone = [user_id for user_id in self._empty if user_id not in self._rooms]
            self._empty.clear()
            if not gone or self._pubsub is None:
                return
            with self._lock:  # before it is sent: the confirmation may be here before the call returns
                self._leaving.update(gone)
            try:
                self._pubsub.unsubscribe(*(channel(user_id) for user_id in gone))
            except RedisError:
                _log.debug("subscriptions could not be ended; their connection is gone anyway")

    def close(self) -> None:
        """The process is ending: tell every tab so, and end its stream."""
        self._closed = True
        self._end_all(str(Event("restart", type="bye")).encode())

    def _end_all(self, farewell: bytes) -> None:
        with self._lock:
            for room in list(self._rooms.values()):
                for tab in list(room.tabs):
                    tab.write(farewell)
                    tab.close()

    def _listen_first(self) -> None:
        """Connect the subscription when there is none; the first tab of the process pays for it."""
        if self._pubsub is None:
            pubsub = self._redis.pubsub()  # type: ignore[no-untyped-call]
            pubsub.subscribe(_WAKE)
            self._pubsub = pubsub
            self._leaving.clear()
            threading.Thread(target=self._listen, args=(pubsub,), name="chat-hub", daemon=True).start()
            if not self._opened:
                threading.Thread(target=self._beat, name="chat-heartbeat", daemon=True).start()

    def _listen(self, pubsub: Any) -> None:
        """Pass on what Redis announces until the connection is lost.

        Then nobody knows what was missed, so all streams end: each tab comes back with the last id it has seen and
        gets the rest from the log.
        """
        silent = False
        try:
            while True:
                message = pubsub.get_message(timeout=HEARTBEAT)
                if message:
                    silent = False
                    self._receive(message)
                elif silent:
                    raise redis.ConnectionError("Redis has not answered a ping")
                else:
                    silent = True
                    with self._wire:
                        pubsub.ping()
        except (RedisError, OSError) as error:
            _log.warning("the Redis subscription is lost (%s); all tabs are told to come back", error)
        except Exception:
            _log.exception("the Redis subscription failed; all tabs are told to come back")
        finally:
            self._pubsub = None
            self._end_all(b"")
            pubsub.close()

    def _receive(self, message: dict[str, Any]) -> None:
        user_id = message["channel"].decode().partition("{")[2].partition("}")[0] if message["channel"] else ""
        if message["type"] == "unsubscribe":
            with self._lock:
                self._leaving[user_id] -= 1
                if self._leaving[user_id] <= 0:
                    del self._leaving[user_id]
        room = self._rooms.get(user_id)
        if room is None:
            return
        if message["type"] == "subscribe" and not self._leaving[user_id]:
            room.ready.set()
        elif message["type"] == "message":
            event_id, _, entry = message["data"].partition(b"\n")
            with self._lock:
                self._deliver(room, event_id.decode(), entry)

    def _deliver(self, room: Room, event_id: str, entry: bytes) -> None:
        """Give an event to every tab of a room; it is encoded once for all that want the same form of it."""
        frames: dict[bool, bytes] = {}
        for tab in list(room.tabs):
            data = frames.get(tab.as_json)
            if data is None:
                data = frames[tab.as_json] = frame(entry, event_id, tab.as_json)
            if tab.held is None:
                self._pass_on(tab, event_id, data)
            else:
                tab.held.append((event_id, data))

    def _pass_on(self, tab: Tab, event_id: str, data: bytes) -> None:
        """Write a live event, unless it was in the past already: the subscription may lag behind the log."""
        if tab.seen is not None and event_id:
            if position(event_id) <= tab.seen:
                return
            tab.seen = None
        self.delivered += 1
        tab.write(data)

    def _beat(self) -> None:
        """Each second: a comment line to a fifteenth of the tabs, and an end to what nobody listens to."""
        turn = 0
        while not self._closed:
            time.sleep(1)
            turn = (turn + 1) % HEARTBEAT
            self._leave_empty()
            with self._lock:
                for tab in list(self._beats[turn]):
                    if tab.held is None:
                        tab.write(b":\n\n")
