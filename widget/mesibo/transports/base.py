"""What a link is: the way by which messages leave for the agents' mesibo apps, and what comes back by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from widget.models import Conversation, User

Pause = Callable[[float], object]
"""Waits for some seconds, or until the process is told to end."""

LIMIT = 7.0
"""Seconds that any one call of a link may take: less than a lease lasts after it was renewed (see `lease`)."""

STATES = ("online", "connecting", "offline", "refused", "expired", "waiting")
"""The states of a link."""

FINAL = ("refused", "expired")
"""What only a person can mend: trying again is no use."""


@dataclass(frozen=True)
class MesiboStatus:
    """How a link is doing."""

    name: str
    """local, sdk or rest."""
    state: str
    """One of STATES."""
    reason: str = ""
    """Why it is not online, and what would help; one or two sentences for the team."""
    waiting: int = 0
    """How many messages wait for it."""


@dataclass(frozen=True)
class MesiboFile:
    """A file that goes along with a message, either way: an address from which the other side can fetch it."""

    url: str
    name: str = ""
    type: str = ""
    size: int = 0


@dataclass(frozen=True)
class Dialog:
    """Where a conversation is in mesibo: a group, or one peer."""

    gid: int = 0
    address: str = ""
    sender: str = ""
    """The mesibo user who writes there; empty for the link's own."""


@dataclass(frozen=True)
class OutboundMessage:
    """A message as it is handed to mesibo."""

    text: str
    title: str
    """Who says it."""
    mid: int | None = None
    """The number it is to have; None where mesibo gives one."""
    reply_to: int | None = None
    """mesibo's number of the message that it answers."""
    file: MesiboFile | None = None


@dataclass(frozen=True)
class MessageReceived:
    """A message that came, or one's own seen again."""

    origin: str
    """The address of who wrote it; empty for the link's own user."""
    mid: int
    text: str
    gid: int = 0
    to: str = ""
    reply_to: int | None = None
    file: MesiboFile | None = None
    at: int = 0
    """When, in milliseconds since 1970; 0 when nobody says."""
    kept: bool = False
    """Whether it was read from the link's memory: it may be long known."""


@dataclass(frozen=True)
class MessageChanged:
    """A message that came before says something else now, or nothing (`text` is None)."""

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
    """mesibo does not take it now, and has not taken it: everything waits, and is tried again."""

    def __init__(self, reason: str, seconds: float = 0):
        super().__init__(reason)
        self.seconds = seconds
        """How long to wait at least; 0 when nobody says."""


class OutcomeUnknown(Exception):
    """Nobody knows whether mesibo has taken it."""


class Refused(Exception):
    """mesibo does not take this message, now or ever; the text says why."""


class Transport(Protocol):
    """One connection to mesibo, held by the keeper alone and called from its greenlet alone."""

    name: str
    numbers: bool
    """Whether we choose the numbers of what we send, so that it can be looked up after a crash."""

    @property
    def state(self) -> MesiboStatus:
        """How it is doing."""

    @property
    def ready(self) -> bool:
        """Whether it is worth trying to send something now."""

    def start(self) -> None:
        """This process has become the keeper: connect."""

    def stop(self) -> None:
        """This process is not the keeper any more: disconnect, at once."""

    def listen(self, seconds: float) -> Iterable[InboundEvent]:
        """What has come, waiting no longer than this for the first of it. Also the time to connect again."""

    def open(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """Where a conversation is in mesibo, for something that `writer` said in it; it is made there when it is new,
        and those of the `team`'s addresses who are missing are let in. Raises Later and Refused.
        """

    def known(self, conversation_id: str) -> Dialog | None:
        """Where a conversation is in mesibo; None when it is not there yet."""

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Hand a message over; returns its number. Raises Later, Unsure and Refused."""

    def find(self, dialog: Dialog) -> list[InboundEvent] | None:
        """What the link itself remembers of a dialog, one's own messages too; None when it cannot. Raises Later."""

    def write(self, dialog: Dialog) -> None:
        """Tell that somebody is writing; nothing is raised, and nothing is sure."""

    def read(self, dialog: Dialog) -> None:
        """Tell that everything there has been read; nothing is raised, and nothing is sure."""
