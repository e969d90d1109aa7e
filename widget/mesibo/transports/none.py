"""No mesibo: agents answer in the inbox."""

from __future__ import annotations

from collections.abc import Iterable

from widget.mesibo.transports.base import Dialog, InboundEvent, MesiboStatus, OutboundMessage, Pause
from widget.models import Conversation, User


class NoTransport:
    """Every message has arrived once it is in the database."""

    name = "local"
    chooses_numbers = False
    ready = True
    status = MesiboStatus("local", "online")

    def __init__(self, pause: Pause):
        self._pause = pause

    def start(self) -> None:
        """There is nothing to connect."""

    def stop(self) -> None:
        """Nor to disconnect."""

    def receive(self, seconds: float) -> Iterable[InboundEvent]:
        """Nothing comes."""
        self._pause(seconds)
        return ()

    def dialog_for(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """Everything is here."""
        return Dialog()

    def dialog_of(self, conversation_id: str) -> Dialog | None:
        """Nothing is anywhere else."""

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Nothing is left to do."""

    def history(self, dialog: Dialog) -> list[InboundEvent] | None:
        """Nothing is stored."""

    def send_typing(self, dialog: Dialog) -> None:
        """The inbox is told by the stream."""

    def send_read(self, dialog: Dialog) -> None:
        """The inbox is told by the stream."""
