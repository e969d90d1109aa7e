"""What the chat's events mean for mesibo: an outbox row in the message's own transaction, and a word to the worker."""

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
    """Listen to the chat; an app without mesibo does nothing with what it hears. Connecting again changes nothing."""
    events.message_committing.connect(_message_committing)
    events.message_changed.connect(_message_changed)
    events.messages_read.connect(_messages_read)
    events.typing.connect(_typing)


def _in_use() -> bool:
    return extensions.current().mesibo_worker.leads_out


def _message_committing(message: Message, session: Session, external_id: ExternalId | None) -> None:
    if not _in_use():
        return
    if external_id is None:
        session.connection().execute(_ENQUEUE, {"message_id": message.id, "version": message.version})
    elif message.version == 0 and session.get(MesiboMessage, tuple(external_id)) is None:
        session.add(MesiboMessage(origin=external_id.origin, mid=external_id.number, message_id=message.id))


def _message_changed(message_id: str, **_: object) -> None:
    _command("send")


def _messages_read(conversation_id: str, member_id: str) -> None:
    _command("read", conversation=conversation_id, member=member_id)


def _typing(conversation_id: str, user: User) -> None:
    if user.team_id is None:  # what an agent writes is for the visitor
        _command("typing", conversation=conversation_id)


def _command(what: str, **about: str) -> None:
    if _in_use():
        commands.send(extensions.current().redis, what, **about)
