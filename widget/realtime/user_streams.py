"""The open streams of one user in this process."""

from __future__ import annotations

import threading

from widget.realtime.log import position
from widget.realtime.subscriber import Subscriber

_CONFIRMED = threading.Event()
_CONFIRMED.set()


class UserStreams:
    """The subscribers of one user in this process, and whether Redis has confirmed the subscription.

    `present` says that the observer was told that this user is here. `newest` is the id of the newest event that is
    known here, if any; since the subscription was confirmed none can have been missed. `followed` are the topics that
    they follow; None until a selective stream has asked for them.
    """

    __slots__ = ("followed", "newest", "present", "ready", "subscribers", "user_id")

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.subscribers: dict[Subscriber, int] = {}  # and when each was opened, in microseconds; the oldest first
        self.ready = threading.Event()
        self.newest = ""
        self.present = False
        self.followed: frozenset[str] | None = None

    def confirm(self) -> None:
        """Redis has confirmed the subscription."""
        self.ready.set()
        self.ready = _CONFIRMED  # an event of its own would be a quarter of what a user costs

    def note_newest(self, event_id: str) -> None:
        """The log has this event; announcements may lag behind what was read from it."""
        if event_id and (not self.newest or position(event_id) > position(self.newest)):
            self.newest = event_id
