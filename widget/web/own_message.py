"""What the author of a message is answered with is what their tabs get of it: made once for both."""

from __future__ import annotations

from typing import NamedTuple

from flask import g

from widget import i18n
from widget.models import Message
from widget.web.serializers.base import Json


class OwnMessage(NamedTuple):
    """A message as its author sees it."""

    shape: Json
    fragment: str
    of: Message
    language: i18n.Language


def keep(message: Message, shape: Json, fragment: str, code: str | None) -> None:
    """Note what was made for the author, who reads `code`, while the message is on its way to their tabs."""
    g.own_message = OwnMessage(shape, fragment, message, i18n.read_by(code))


def made(message: Message) -> OwnMessage | None:
    """What was made of this very message in this request; None if nothing was, or in another language than the one in
    which it is answered."""
    own: OwnMessage | None = g.get("own_message")
    return own if own is not None and own.of is message and own.language is i18n.language() else None
