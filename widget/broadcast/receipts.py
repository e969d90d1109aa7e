"""How far a member has got: what the others' ticks are drawn from."""

from __future__ import annotations

from functools import partial

from flask import render_template

from widget.broadcast import languages
from widget.broadcast.conversations import list_entry
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.views import ConversationView
from widget.realtime import Event, publish_if_possible
from widget.web import serializers


def messages_read(conversation_id: str, member_id: str) -> None:
    """Publish how far a member has read, and to their own tabs what is unread now."""
    events: list[tuple[str, Event]] = []
    views = conversation_views.per_member(conversation_id)
    for view in views:
        events += languages.for_each(view.audience, partial(_events, view, views, member_id))
    publish_if_possible(events)


def messages_delivered(conversation_id: str, member_id: str) -> None:
    """Publish to the others up to where a member's tabs have the messages."""
    views = conversation_views.per_member(conversation_id)
    others = (view for view in views if view.me.id != member_id)
    publish_if_possible(
        (reader.user_id, event)
        for view in others
        for event in [_receipt(view, views, member_id)]
        for reader in view.audience
    )


def _events(view: ConversationView, views: list[ConversationView], member_id: str) -> list[Event]:
    own = [list_entry(view)] if view.me.id == member_id else []
    return [_receipt(view, views, member_id), *own]


def _receipt(view: ConversationView, views: list[ConversationView], member_id: str) -> Event:
    whose = next((it.me for it in views if it.me.id == member_id), view.me)
    shape = serializers.receipt(view, whose)
    return Event(render_template("fragments/receipt.html", receipt=shape), type="receipt", as_json=shape)
