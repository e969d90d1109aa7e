"""What every process tells the keeper, so that it need not look all the time: listens to `chat.signals`."""

from __future__ import annotations

from flask import Flask, current_app
from redis import Redis

from widget.chat import signals
from widget.link import asked
from widget.models import User


def connect(app: Flask) -> None:
    """Listen, in an app whose link leads somewhere. Connecting again changes nothing."""
    if app.extensions["chat_keeper"].leads_out:
        signals.message_changed.connect(_message_changed)
        signals.messages_read.connect(_messages_read)
        signals.typing.connect(_typing)


def _redis() -> Redis:
    redis: Redis = current_app.extensions["chat_redis"]
    return redis


def _message_changed(message_id: str, **_: object) -> None:
    asked.ask(_redis(), "send")


def _messages_read(conversation_id: str, member_id: str) -> None:
    asked.ask(_redis(), "read", conversation=conversation_id, member=member_id)


def _typing(conversation_id: str, user: User) -> None:
    if user.team_id is None:  # what an agent writes is for the visitor
        asked.ask(_redis(), "typing", conversation=conversation_id)
