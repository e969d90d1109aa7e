"""The hub: this process's one Redis subscription, and the fan-out from it to this process's tabs."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import redis
from redis import Redis, RedisError

from widget.stream.events import RETRY, Arrival, Event
from widget.stream.log import EVERYONE, Log, listener, position
from widget.stream.replay import in_order
from widget.stream.room import Room
from widget.stream.tab import Tab
from widget.stream.watcher import Watcher
from widget.stream.wire import Line, Wire

HEARTBEAT = 15
"""Seconds between two comment lines on a stream; they keep proxies awake and tell a tab that its stream lives."""

PATIENCE = 3
"""Seconds that a tab waits for Redis to confirm a subscription."""

GRACE = 5
"""Seconds for which a user whose last tab has closed is still listened for: a page that reloads is no departure."""

_log = logging.getLogger(__name__)


class HubClosed(Exception):
    """The process is ending, or Redis does not answer: no stream can be opened."""


class Hub:
    """Subscribes once for each user that has a tab here, and gives each event to all of that user's tabs.

    Only the standard library's threads and locks are used: under gunicorn's gevent worker they are greenlets.
    """

    def __init__(self, connection: Redis, log: Log, watcher: Watcher | None = None):
        self._redis = connection
        self._log = log
        self._watcher = watcher
        self._wire: Wire | None = None
        self._closed = False
        self._rooms: dict[str, Room] = {}
        self._lock = threading.RLock()  # guards the rooms and the order of what tabs are given
        self._commands = threading.Lock()  # one command at a time on the wire
        self._empty: dict[str, float] = {}  # since when (monotonic) the room of a user has had no tab
        # Users whose unsubscription Redis has not confirmed yet, and when they left; None if nobody knew they came.
        self._leaving: dict[str, list[datetime | None]] = {}
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
        missed: list[tuple[str, bytes]] | None = []
        try:
            room = self._join(tab)
            if not room.ready.wait(PATIENCE):
                raise HubClosed
            if last_id is None:
                seen = self._log.tail(tab.user_id)
            elif last_id == room.newest:  # nothing was missed, and Redis need not be asked
                seen = last_id
            else:
                missed = self._log.after(tab.user_id, last_id)
                seen = last_id if missed is not None else self._log.tail(tab.user_id)
        except (RedisError, HubClosed) as error:
            tab.close()
            raise HubClosed from error
        with self._lock:
            if not room.present and not tab.closed:
                room.present = True
                if self._watcher:
                    self._watcher.came(tab.user_id)
            room.has_come(self._catch_up(tab, missed, seen))

    def _join(self, tab: Tab) -> Room:
        with self._commands:
            if self._closed:
                raise HubClosed
            wire = self._listen_first()
            with self._lock:
                room = self._rooms.get(tab.user_id)
                new = room is None
                if room is None:
                    room = self._rooms[tab.user_id] = Room(tab.user_id)
                tab.user_id = room.user_id  # the same text, once for all tabs
                room.tabs.add(tab)
                self._empty.pop(tab.user_id, None)
                self._opened += 1
                self._beats[self._opened % HEARTBEAT].add(tab)
            if new:
                try:
                    wire.subscribe(self._log.channel(tab.user_id))
                except RedisError:
                    with self._lock:  # or the next tab would wait for a confirmation that never comes
                        self._rooms.pop(tab.user_id, None)
                    raise
        return room

    def _catch_up(self, tab: Tab, missed: list[tuple[str, bytes]] | None, seen: str) -> str:
        """Write the past, then what came in meanwhile, and go live; returns the id of the last event."""
        # An id alone dispatches nothing, but from here on the browser knows where it is (SSE standard, 9.2.6).
        tab.write(f"retry: {RETRY}\nid: {seen}\n\n".encode())
        if missed is None:
            tab.write(str(Event("reload", type="resync", id=seen)).encode())
        past = [Arrival(event_id, entry) for event_id, entry in missed or []]
        for arrival in in_order(past, tab.held or [], position(seen)):
            tab.write(arrival.frame(tab.as_json))
            self.delivered += 1
            self._taken(tab, arrival)
            seen = arrival.event_id or seen
        tab.held, tab.seen = None, position(seen)
        return seen

    def forget(self, tab: Tab) -> None:
        """A tab has closed: drop it, and a while after the user's last one the subscription."""
        with self._lock:
            for beat in self._beats:
                beat.discard(tab)
            room = self._rooms.get(tab.user_id)
            if room is None:
                return
            room.tabs.discard(tab)
            if not room.tabs:  # unsubscribed later: the caller may be the event loop, where nothing may wait
                self._empty.setdefault(tab.user_id, time.monotonic())

    def _leave_empty(self) -> None:
        """End the subscriptions of those who have had no tab here for a while."""
        with self._commands:
            with self._lock:  # before it is sent: the confirmation may be here before the call returns
                now, today = time.monotonic(), datetime.now(UTC)
                grace = 0 if self._closed else GRACE
                gone = {user_id: now - since for user_id, since in self._empty.items() if now - since >= grace}
                for user_id, seconds in gone.items():
                    del self._empty[user_id]
                    at = today - timedelta(seconds=seconds) if self._rooms.pop(user_id).present else None
                    self._leaving.setdefault(user_id, []).append(at)
            if not gone or self._wire is None:
                return
            try:
                self._wire.unsubscribe(self._log.channel(user_id) for user_id in gone)
            except RedisError:
                _log.debug("subscriptions could not be ended; their connection is gone anyway")

    def close(self) -> None:
        """The process is ending: tell every tab so, and end its stream; the last heartbeat ends the subscriptions."""
        self._closed = True
        self._end_all(str(Event("restart", type="bye")).encode())

    def _end_all(self, farewell: bytes) -> None:
        with self._lock:
            for room in list(self._rooms.values()):
                room.present = False  # it is the stream that ends, and nobody who leaves
                for tab in list(room.tabs):
                    tab.write(farewell)
                    tab.close()

    def _listen_first(self) -> Wire:
        """Connect the wire when there is none; the first tab of the process pays for it."""
        if self._wire is None:
            wire = Wire(self._redis, self._listen)
            wire.subscribe(self._log.channel(EVERYONE))
            self._wire = wire
            if not self._opened:
                threading.Thread(target=self._beat, name="chat-heartbeat", daemon=True).start()
        return self._wire

    def _listen(self, wire: Wire, line: Line) -> None:
        """Pass on what Redis announces until a connection is lost.

        Then nobody knows what was missed, so all streams end: each tab comes back with the last id it has seen and
        gets the rest from the log.
        """
        silent = False
        try:
            while True:
                announced = line.receive(HEARTBEAT)
                if announced:
                    silent = False
                    self._receive(*announced)
                elif silent:
                    raise redis.ConnectionError("Redis has not answered a ping")
                else:
                    silent = True
                    with self._commands:
                        line.ping()
        except (RedisError, OSError) as error:
            if self._wire is wire:
                _log.warning("the Redis subscription is lost (%s); all tabs are told to come back", error)
        except Exception:
            if self._wire is wire:  # else another line was lost, and took this one with it
                _log.exception("the Redis subscription failed; all tabs are told to come back")
        finally:
            # No tab may join in between: it would be subscribed, ended and forgotten, and its user present for ever.
            with self._commands, self._lock:
                if self._wire is wire:
                    self._wire = None
                    self._end_all(b"")
                    for forgotten in (self._rooms, self._empty, self._leaving):
                        forgotten.clear()
            wire.close()

    def _receive(self, kind: str, channel: bytes, data: bytes) -> None:
        user_id = listener(channel)
        if kind == "unsubscribe":
            if user_id not in self._leaving:  # we have not asked for it: the cluster has moved this user elsewhere
                raise redis.ConnectionError("a part of the cluster has moved")
            self._left(user_id)
        room = self._rooms.get(user_id)
        if kind == "subscribe" and room and user_id not in self._leaving:
            room.confirm()
        elif kind == "message":
            event_id, _, entry = data.partition(b"\n")
            arrival = Arrival(event_id.decode(), entry)
            with self._lock:
                for each in list(self._rooms.values()) if user_id == EVERYONE else [room] if room else []:
                    self._deliver(each, arrival)

    def _left(self, user_id: str) -> None:
        """Redis has confirmed an unsubscription: from now on it does not count us among those who listen."""
        with self._lock:
            waiting = self._leaving[user_id]
            at = waiting.pop(0)
            if not waiting:
                self._leaving.pop(user_id, None)
            if at is not None and self._watcher:
                self._watcher.went(user_id, at)

    def _deliver(self, room: Room, arrival: Arrival) -> None:
        """Give an event to every tab of a room, unless it was in the tab's past: announcements may lag behind."""
        room.has_come(arrival.event_id)
        for tab in list(room.tabs):
            if tab.held is not None:
                tab.held.append(arrival)
                continue
            if tab.seen is not None and arrival.event_id:
                if position(arrival.event_id) <= tab.seen:
                    continue
                tab.seen = None
            tab.write(arrival.frame(tab.as_json))
            self.delivered += 1
            if arrival.about is not None:
                self._taken(tab, arrival)

    def _taken(self, tab: Tab, arrival: Arrival) -> None:
        """Tell the watcher, once for all tabs of a user here; what cut a slow tab off was not taken."""
        if self._watcher and arrival.about is not None and not tab.closed and tab.user_id not in arrival.told:
            arrival.told.add(tab.user_id)
            self._watcher.taken(tab.user_id, arrival.about)

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
