"""A message as the agents' apps show it: its author, the message that it answers, its changes."""

from __future__ import annotations

from datetime import timedelta

from widget import extensions
from widget.chat.conversations.membership import TEAM_ID
from widget.i18n import _
from widget.mesibo import attachments
from widget.mesibo.outbox import Entry
from widget.mesibo.transports.base import OutboundMessage
from widget.models import Message, User
from widget.text import richtext

FILE_LIFETIME = timedelta(days=7)
"""For how long an app can fetch a file by the address that it is given."""


def message_for(entry: Entry, mid: int | None, quotes: bool) -> OutboundMessage | None:
    """The message to hand over; None when there is nothing to tell (it was deleted before it left).

    Neither an edit nor a deletion can be carried as such: a further message, which answers the first, says so. Where a
    message cannot answer another (`quotes`), it quotes it.
    """
    message = entry.message
    changes = entry.known_as is not None and entry.version > 0
    if message.deleted_at is not None:
        if not changes:
            return None
        text = _("(Deleted a message.)") if quotes else _("(Deleted this message.)")
        return OutboundMessage(text, title(message), mid, entry.known_as)
    text = _("(Edited) %(text)s", text=message.body) if changes else message.body
    reply_to = entry.known_as if changes else entry.reply_to
    if quotes and message.original is not None and not changes:
        text = f"> {richtext.plain(message.original.body, 100)}\n{text}"
    file = None if changes else attachments.file_of(message, extensions.settings(), FILE_LIFETIME)
    return OutboundMessage(text, title(message), mid, reply_to, file)


def title(message: Message) -> str:
    """The author's name: in mesibo, all messages of a group come from one user."""
    sender: User = message.sender
    return _("%(name)s (in the inbox)", name=sender.name) if sender.principal_id == TEAM_ID else sender.name
