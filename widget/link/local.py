"""No mesibo: agents answer in the inbox."""

from __future__ import annotations

from collections.abc import Iterable

from widget.link.base import Arrival, Dialog, LinkState, Outgoing, Pause
from widget.models import Conversation, User


class LocalLink:
    """Every message has arrived once it is in the database."""

    name = "local"
    numbers = False
    ready = True
    state = LinkState("local", "online")

    def __init__(self, pause: Pause):
        self._pause = pause

    def start(self) -> None:
        """There is nothing to connect."""

    def stop(self) -> None:
        """Nor to disconnect."""

    def listen(self, seconds: float) -> Iterable[Arrival]:
        """Nothing comes."""
        self._pause(seconds)
        return ()

    def open(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """Everything is here."""
        return Dialog()

    def known(self, conversation_id: str) -> Dialog | None:
        """Nothing is anywhere else."""

    def send(self, dialog: Dialog, message: Outgoing) -> int | None:
        """Nothing is left to do."""

    def find(self, dialog: Dialog) -> list[Arrival] | None:
        """Nothing is remembered."""

    def write(self, dialog: Dialog) -> None:
        """The inbox is told by the stream."""

    def read(self, dialog: Dialog) -> None:
        """The inbox is told by the stream."""
