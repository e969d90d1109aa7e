"""What a link is: the way by which messages leave for the agents' mesibo apps."""

from __future__ import annotations

from typing import Protocol

from widget.models import Message


class Link(Protocol):
    """One connection to mesibo, held by the keeper."""

    name: str

    def send(self, message: Message) -> None:
        """Hand one message over; returning means that it has left."""


class LocalLink:
    """No mesibo: agents answer in the inbox, so every message has arrived once it is in the database."""

    name = "local"

    def send(self, message: Message) -> None:
        """Nothing is left to do."""
