"""What a page or a fragment shows of an opened conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app, render_template

from widget import shapes
from widget.chat import conversations, messages
from widget.chat.conversations import TEAM_ID, Overview
from widget.models import User


def opened(user: User, conversation_id: str, around: int | None = None) -> dict[str, Any]:
    """The newest page, or the one around a message; raises NotFound in foreign conversations.

    The values are what `fragments/opened.html` needs.
    """
    page = messages.page(user, conversation_id, around=around)
    view = conversations.one_of(user, conversation_id)
    return {
        "conversation": shapes.about(view, at_desk(user)),
        "messages": [shapes.message(said, view.me, view.conversation.members) for said in page.messages],
        "older": page.older,
        "newer": page.newer,
        "read_upto": view.me.read_upto,
        "at_desk": at_desk(user),
    }


def fragment(user: User, conversation_id: str) -> str:
    """An opened conversation, for htmx."""
    return render_template("fragments/opened.html", **opened(user, conversation_id))


def taken(user: User, views: Iterable[Overview]) -> None:
    """Note that a page takes what its list shows, as an open tab takes an event: it is delivered."""
    attendance = current_app.extensions["chat_attendance"]
    for view in views:
        if view.me.delivered_upto < view.conversation.last_seq and view.me.left_at is None:
            attendance.taken(user.id, f"{view.conversation.id}:{view.conversation.last_seq}")


def at_desk(user: User) -> bool:
    """Whether this is somebody who answers, and so looks from the inbox."""
    return user.seat_id == TEAM_ID
