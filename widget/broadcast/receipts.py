"""How far a member has got: what the others' ticks are drawn from."""

from __future__ import annotations

from collections.abc import Iterator

from widget.broadcast.conversations import list_entries
from widget.broadcast.fragments import render
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.views import ConversationView
from widget.models import Member
from widget.realtime import Event, Order, publish_if_possible
from widget.web import serializers


def messages_read(conversation_id: str, member_id: str, reader: str, moved: bool) -> None:
    """Publish how far a member has read, and to the reader's own tabs what is unread now."""
    views = conversation_views.per_member(conversation_id)
    if moved:
        _publish(views, member_id)
    publish_if_possible(list_entries(view for view in views if reader in (view.viewer, view.me.user_id)))


def messages_delivered(conversation_id: str, member_id: str) -> None:
    """Publish to the others up to where a member's tabs have the messages."""
    views = conversation_views.per_member(conversation_id)
    _publish([view for view in views if view.me.id != member_id], member_id)


def _publish(views: list[ConversationView], member_id: str) -> None:
    if not views:
        return
    whose = next(it for it in views[0].conversation.members if it.id == member_id)
    # Neither watermark ever moves back: of two receipts of a member, the one with the higher sum is the newer.
    order = Order(f"{member_id}:receipt", whose.delivered_upto + whose.read_upto)
    publish_if_possible(_receipts(views, whose), order)


def _receipts(views: list[ConversationView], whose: Member) -> Iterator[tuple[str, Event]]:
    rendered: dict[str, Event] = {}
    for view in views:
        if view.me.id not in rendered:
            rendered[view.me.id] = _receipt(view, whose)
        yield view.viewer, rendered[view.me.id]


def _receipt(view: ConversationView, whose: Member) -> Event:
    shape = serializers.receipt(view, whose)
    fragment = render("fragments/receipt.html", receipt=shape)
    return Event(fragment, type="receipt", as_json=shape, topic=view.conversation.id)
