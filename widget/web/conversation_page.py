"""What a page or a fragment shows of an opened conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template

from widget import extensions
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.chat.messages import history
from widget.models import User
from widget.realtime import events
from widget.web import serializers


def page_of(user: User, conversation_id: str, around: int | None = None) -> dict[str, Any]:
    """The newest page, or the one around a message; raises NotFound in foreign conversations.

    The values are what `fragments/opened.html` needs. An agent follows the conversation from now on, before it is read:
    what is not in the page yet comes over the stream.
    """
    if user.kind == "agent":
        events.follow(user.id, conversation_id)
    page = history.page(user, conversation_id, around=around)
    view = conversation_views.get(user, conversation_id)
    return {
        "conversation": serializers.details(view, user),
        "messages": [
            serializers.message(message, view.me, view.conversation.members, user.id) for message in page.messages
        ],
        "older": page.older,
        "newer": page.newer,
        "read_upto": view.read_upto,
        "is_agent": is_agent(user),
        "viewer": user.id,
    }


def fragment(user: User, conversation_id: str) -> str:
    """An opened conversation, for htmx."""
    return render_template("fragments/opened.html", **page_of(user, conversation_id))


def note_delivered(user: User, views: Iterable[ConversationView]) -> None:
    """Note that a page takes what its list shows, as an open tab takes an event: it is delivered."""
    delivery_buffer = extensions.current().delivery_buffer
    for view in views:
        if view.me.delivered_upto < view.conversation.public_seq and view.me.left_at is None:
            delivery_buffer.delivered(user.id, f"{view.conversation.id}:{view.conversation.public_seq}")


def is_agent(user: User) -> bool:
    """Whether this is somebody who answers, and so looks from the inbox."""
    return user.principal_id == TEAM_ID
