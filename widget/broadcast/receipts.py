"""How far a member has got: what the others' ticks are drawn from."""

from __future__ import annotations

from flask import render_template

from widget.broadcast.conversations import list_entry, to_audience
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.views import ConversationView
from widget.realtime import Event, publish_if_possible
from widget.web import serializers


def messages_read(conversation_id: str, member_id: str) -> None:
    """Publish how far a member has read, and to their own tabs what is unread now."""
    events: list[tuple[str, Event]] = []
    views = conversation_views.per_member(conversation_id)
    for view in views:
        own = [list_entry(view)] if view.me.id == member_id else []
        events += to_audience(view, _receipt(view, views, member_id), *own)
    publish_if_possible(events)


def messages_delivered(conversation_id: str, member_id: str) -> None:
    """Publish to the others up to where a member's tabs have the messages."""
    views = conversation_views.per_member(conversation_id)
    others = (view for view in views if view.me.id != member_id)
    publish_if_possible(event for view in others for event in to_audience(view, _receipt(view, views, member_id)))


def _receipt(view: ConversationView, views: list[ConversationView], member_id: str) -> Event:
    whose = next((it.me for it in views if it.me.id == member_id), view.me)
    shape = serializers.receipt(view, whose)
    return Event(render_template("fragments/receipt.html", receipt=shape), type="receipt", as_json=shape)
