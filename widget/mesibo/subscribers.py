"""The chat's events as mesibo needs them: an outbox row in the message's transaction, a command to the worker."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from widget import extensions
from widget.chat import events
from widget.chat.messages.sending import ExternalId
from widget.mesibo import commands
from widget.models import MesiboMessage, MesiboOutbox, Message, User

_ENQUEUE = insert(MesiboOutbox).inline()


def connect() -> None:
    """Subscribe to the chat's events; without mesibo they are ignored. Connecting again changes nothing."""
    events.message_committing.connect(_message_committing)
    events.message_changed.connect(_message_changed)
    events.messages_read.connect(_messages_read)
    events.typing.connect(_typing)


def _enabled() -> bool:
    return extensions.current().mesibo_worker.enabled


def _message_committing(message: Message, session: Session, external_id: ExternalId | None, **_: object) -> None:
    if not _enabled() or message.private:  # a note stays with the team
        return
    if external_id is None:
        session.connection().execute(_ENQUEUE, {"message_id": message.id, "version": message.version})
    elif message.version == 0 and session.get(MesiboMessage, tuple(external_id)) is None:
        session.add(MesiboMessage(origin=external_id.origin, mid=external_id.number, message_id=message.id))


def _message_changed(message_id: str, **_: object) -> None:
    _command("send")


def _messages_read(conversation_id: str, member_id: str, moved: bool, **_: object) -> None:
    if moved:
        _command("read", conversation=conversation_id, member=member_id)


def _typing(conversation_id: str, user: User, **_: object) -> None:
    if user.team_id is None:  # what an agent writes is for the visitor
        _command("typing", conversation=conversation_id)


def _command(name: str, **arguments: str) -> None:
    if _enabled():
        commands.send(extensions.current().redis, name, **arguments)
