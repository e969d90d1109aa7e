"""What a message says in an app: who says it, what it answers, and what has become of it since."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from widget import richtext
from widget.chat.conversations import TEAM_ID
from widget.chat.outbox import Entry
from widget.link import enclosures
from widget.link.base import Outgoing
from widget.models import Message, User

KEPT = timedelta(days=7)
"""For how long an app can fetch a file by the address that it is given."""


def outgoing(entry: Entry, mid: int | None, quotes: bool) -> Outgoing | None:
    """The message to hand over; None when there is nothing to tell (it was deleted before it left).

    Neither an edit nor a deletion can be carried as such: a further message, which answers the first, says so. Where a
    message cannot answer another (`quotes`), it quotes it.
    """
    said = entry.message
    changes = entry.known_as is not None and entry.version > 0
    if said.deleted_at is not None:
        if not changes:
            return None
        words = "(Deleted a message.)" if quotes else "(Deleted this message.)"
        return Outgoing(words, title(said), mid, entry.known_as)
    text = f"(Edited) {said.body}" if changes else said.body
    reply_to = entry.known_as if changes else entry.answers
    if quotes and said.original is not None and not changes:
        text = f"> {richtext.plain(said.original.body, 100)}\n{text}"
    file = None if changes else enclosures.outgoing(said, current_app.config["SETTINGS"], KEPT)
    return Outgoing(text, title(said), mid, reply_to, file)


def title(said: Message) -> str:
    """Who says it: every message of a group comes from one mesibo user."""
    sender: User = said.sender
    return f"{sender.name} (in the inbox)" if sender.seat_id == TEAM_ID else sender.name
