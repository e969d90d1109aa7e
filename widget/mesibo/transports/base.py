"""What a transport is: a way for messages to the agents' mesibo apps, and for the events that come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from widget.models import Conversation, User

Pause = Callable[[float], object]
"""Waits for some seconds, or until the process is told to end."""

LIMIT = 7.0
"""Seconds that any one call of a transport may take: less than a lease lasts after it was renewed (see `lease`)."""

STATES = ("online", "connecting", "offline", "refused", "expired", "waiting")
"""The states of a connection."""

FINAL = ("refused", "expired")
"""States that only a person can mend: trying again is no use."""


@dataclass(frozen=True)
class MesiboStatus:
    """How the connection is doing."""

    name: str
    """local, sdk or rest."""
    state: str
    """One of STATES."""
    reason: str = ""
    """Why it is not online, and what would help; one or two sentences for the team."""
    waiting: int = 0
    """How many messages wait to be sent."""


@dataclass(frozen=True)
class MesiboFile:
    """A file that goes along with a message, either way: an address from which the other side can fetch it."""

    url: str
    name: str = ""
    type: str = ""
    size: int = 0


@dataclass(frozen=True)
class Dialog:
    """A conversation as mesibo has it: a group, or one peer."""

    gid: int = 0
    address: str = ""
    sender: str = ""
    """The mesibo user who writes there; empty for the user of the access token."""


@dataclass(frozen=True)
class OutboundMessage:
    """A message as it is handed to mesibo."""

    text: str
    title: str
    """The author's name."""
    mid: int | None = None
    """The number it is to have; None where mesibo gives one."""
    reply_to: int | None = None
    """mesibo's number of the message that it answers."""
    file: MesiboFile | None = None


@dataclass(frozen=True)
class MessageReceived:
    """A message of an app, or our own as mesibo echoes it."""

    origin: str
    """The address of its author; empty for the user of the access token."""
    mid: int
    text: str
    gid: int = 0
    to: str = ""
    reply_to: int | None = None
    file: MesiboFile | None = None
    at: int = 0
    """When, in milliseconds since 1970; 0 when nobody says."""
    from_history: bool = False
    """Whether it was read from the transport's history: it may be known already."""


@dataclass(frozen=True)
class MessageChanged:
    """An earlier message has another text now, or was deleted (`text` is None)."""

    origin: str
    mid: int
    text: str | None


@dataclass(frozen=True)
class ReceiptReceived:
    """What became of a message that was sent: `delivered`, `read`, or refused with a `reason`."""

    mid: int
    status: str
    reason: str = ""


@dataclass(frozen=True)
class PresenceReceived:
    """Somebody in an app is `typing`, or `online`, or `offline`."""

    origin: str
    what: str
    gid: int = 0
    to: str = ""


InboundEvent = MessageReceived | MessageChanged | ReceiptReceived | PresenceReceived


class RetryLater(Exception):
    """mesibo accepts nothing now, and has not accepted this: everything waits and is tried again."""

    def __init__(self, reason: str, seconds: float = 0):
        super().__init__(reason)
        self.seconds = seconds
        """How long to wait at least; 0 when nobody says."""


class OutcomeUnknown(Exception):
    """Nobody knows whether mesibo has accepted it."""


class Refused(Exception):
    """mesibo will never accept this message; the text says why."""


class Transport(Protocol):
    """A connection to mesibo, used only by the worker that holds the lease, in its greenlet."""

    name: str
    chooses_numbers: bool
    """Whether we choose the numbers of what we send, so that it can be looked up after a crash."""

    @property
    def status(self) -> MesiboStatus:
        """How it is doing."""

    @property
    def ready(self) -> bool:
        """Whether it is worth trying to send something now."""

    def start(self) -> None:
        """This process holds the lease now: connect."""

    def stop(self) -> None:
        """This process does not hold the lease any more: disconnect at once."""

    def receive(self, seconds: float) -> Iterable[InboundEvent]:
        """The events that came, waiting at most `seconds` for the first. Also connects again where that is due."""

    def dialog_for(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """The dialog of a conversation, for a message of `writer`. It is made when it is new, and those of the `team`'s
        addresses who are missing are added. Raises RetryLater and Refused.
        """

    def dialog_of(self, conversation_id: str) -> Dialog | None:
        """The dialog of a conversation; None when there is none yet."""

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Hand a message over; returns its number. Raises RetryLater, OutcomeUnknown and Refused."""

    def history(self, dialog: Dialog) -> list[InboundEvent] | None:
        """What the transport has stored of a dialog, our own messages too; None without a store. Raises RetryLater."""

    def send_typing(self, dialog: Dialog) -> None:
        """Tell that somebody is typing; it may get lost, and nothing is raised."""

    def send_read(self, dialog: Dialog) -> None:
        """Tell that everything there has been read; it may get lost, and nothing is raised."""
