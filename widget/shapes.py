"""The JSON shapes of the public surface. Templates are given the same dictionaries, so both forms say the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app

from widget.chat import receipts
from widget.chat.conversations import Overview
from widget.models import Member, Message, User
from widget.settings import Settings

Shape = dict[str, Any]


def settings() -> Settings:
    """The settings of the running app."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def moment(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as a browser's `Date` reads and writes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person(user: User) -> Shape:
    """A user as others see them; the team bears the name and the picture of the settings."""
    if user.kind == "team":
        return {"id": user.id, "name": settings().display_name, "picture": settings().display_picture or None}
    return {"id": user.id, "name": user.name, "picture": user.picture}


def message(said: Message, me: Member, members: list[Member]) -> Shape:
    """A message as the member `me` sees it."""
    return {
        "id": said.id,
        "conversation": said.conversation_id,
        "seq": said.seq,
        "client_id": said.client_id,
        "sender": person(said.sender),
        "mine": said.member_id == me.id,
        "kind": said.kind,
        "body": said.body,
        "status": receipts.status(said, me, members),
        "created_at": moment(said.created_at),
        "edited_at": None,
        "deleted": False,
        "reply_to": said.reply_to,
        "attachment": None,
        "preview": None,
        "call": None,
    }


def conversation(overview: Overview) -> Shape:
    """A conversation as one member has it in a list; its title is the names of the others."""
    members = overview.conversation.members
    others = [person(member.user) for member in members if member.id != overview.me.id]
    return {
        "id": overview.conversation.id,
        "kind": overview.conversation.kind,
        "title": ", ".join(other["name"] for other in others),
        "picture": others[0]["picture"] if others else None,
        "unread": overview.unread,
        "members": [
            person(member.user) | {"delivered_upto": member.delivered_upto, "read_upto": member.read_upto}
            for member in members
        ],
        "last": message(overview.last, overview.me, members) if overview.last else None,
        "updated_at": moment(overview.conversation.updated_at),
    }


def profile(overview: Overview) -> Shape:
    """What an agent is told of the visitor: what the site's page said, and since when they have been here."""
    user = next(member.user for member in overview.conversation.members if member.id != overview.me.id)
    return person(user) | {"email": user.email, "external_id": user.external_id, "since": moment(user.created_at)}


def receipt(overview: Overview, reader: Member) -> Shape:
    """How far one member has read, and how far everybody but `me` has."""
    return {
        "conversation": overview.conversation.id,
        "member": reader.user_id,
        "delivered_upto": reader.delivered_upto,
        "read_upto": reader.read_upto,
        "read_by_all": receipts.read_by_all(overview.me, overview.conversation.members),
    }
