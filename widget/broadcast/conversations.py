"""A conversation as it stands in everybody's list."""

from __future__ import annotations

from flask import render_template

from widget.broadcast import languages
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.models import User
from widget.realtime import Event, publish_if_possible
from widget.web import serializers


def list_entry(view: ConversationView) -> Event:
    """The conversation as it stands in this member's list."""
    shape = serializers.conversation(view)
    is_agent = view.me.user_id == TEAM_ID
    fragment = render_template("fragments/entry.html", conversation=shape, is_agent=is_agent)
    return Event(fragment, type="conversation", as_json=shape)


def user_changed(user_id: str) -> None:
    """Publish the lists of those who share a conversation with somebody who has another name or picture now."""
    for own in conversation_views.list_for(User(id=user_id)):
        for view in conversation_views.per_member(own.conversation.id):
            if view.me.user_id != user_id and view.conversation.last_seq:
                publish_if_possible(languages.for_each(view.audience, lambda view=view: [list_entry(view)]))  # type: ignore[misc]
