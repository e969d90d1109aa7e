"""By REST: `requests` to mesibo. Each visitor is a mesibo user; what agents answer comes by the webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from widget.mesibo import directory, groups, webhook
from widget.mesibo.api import Api, TokenRefused
from widget.mesibo.transports.base import (
    Dialog,
    InboundEvent,
    MesiboStatus,
    OutboundMessage,
    OutcomeUnknown,
    Pause,
    RetryLater,
)
from widget.models import Conversation, User

T = TypeVar("T")


class RestTransport:
    """With one agent, a visitor's own conversation is between their two users; every other is a mesibo group."""

    name = "rest"
    chooses_numbers = False
    ready = True  # there is no other way to learn whether mesibo answers

    def __init__(self, api: Api, pause: Pause):
        self._api = api
        self._pause = pause
        self.status = MesiboStatus("rest", "online")

    def start(self) -> None:
        """There is no connection; whether mesibo answers is seen when something is sent."""
        self.status = MesiboStatus("rest", "online")

    def stop(self) -> None:
        """Nothing is open."""

    def receive(self, seconds: float) -> Iterable[InboundEvent]:
        """What the webhook has brought."""
        any_event = False
        for event in webhook.pending():
            any_event = True
            yield event
        if not any_event:
            self._pause(seconds)

    def dialog_for(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """The visitor's user and, if need be, the group; made with the first message."""
        visitors = [member.user for member in conversation.present if member.user.kind == "visitor"]
        speaker = writer if writer.kind == "visitor" else next(iter(visitors), writer)
        sender = self._user(speaker)
        if conversation.kind == "direct" and len(team) == 1:
            return Dialog(address=team[0], sender=sender)
        members = {*team, sender} | {self._user(it) for it in visitors}
        return Dialog(gid=self._try(lambda: groups.ensure_group(self._api, conversation, members)), sender=sender)

    def _user(self, visitor: User) -> str:
        return self._try(lambda: groups.ensure_visitor_user(self._api, visitor))

    def dialog_of(self, conversation_id: str) -> Dialog | None:
        """Its group, if it has one."""
        group = directory.group_of(conversation_id)
        return Dialog(gid=group.gid) if group else None

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Hand a message over. The API takes no answers to a message, so what is answered is quoted in the text."""
        where = {"gid": dialog.gid} if dialog.gid else {"to": dialog.address}
        file = {"url": message.file.url} if message.file else {}
        fields = {"from": dialog.sender, "type": 0, "message": message.text, "title": message.title} | where | file
        return self._try(lambda: self._api.message(**fields))

    def _try(self, call: Callable[[], T]) -> T:
        try:
            result = call()
        except (RetryLater, OutcomeUnknown) as error:
            self.status = MesiboStatus("rest", "refused" if isinstance(error, TokenRefused) else "offline", str(error))
            raise
        self.status = MesiboStatus("rest", "online")
        return result

    def history(self, dialog: Dialog) -> list[InboundEvent] | None:
        """mesibo cannot be asked what it has; the webhook may tell."""

    def send_typing(self, dialog: Dialog) -> None:
        """The API has no way to say so."""

    def send_read(self, dialog: Dialog) -> None:
        """The API has no way to say so."""
