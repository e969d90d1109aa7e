"""Brings what happened in the chat to the tabs: renders each member's view of it and publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Listen to the chat, and to what the hub observes."""
    from widget import extensions
    from widget.broadcast.delivery_buffer import DeliveryBuffer
    from widget.broadcast.published_buffer import PublishedBuffer

    parts = extensions.of(app)
    parts.published_buffer = PublishedBuffer(app)
    parts.delivery_buffer = DeliveryBuffer(app, parts.log, lambda: parts.in_flight.busy)
    parts.hub.observer = parts.delivery_buffer
    _connect()


def _connect() -> None:
    """Which function publishes what. Connecting again changes nothing."""
    from widget.broadcast import (
        appearance,
        calls,
        conversations,
        erasure,
        mesibo_status,
        messages,
        presence,
        receipts,
        sessions,
        work,
    )
    from widget.chat import events

    events.message_changed.connect(messages.message_changed)
    events.messages_read.connect(receipts.messages_read)
    events.messages_delivered.connect(receipts.messages_delivered)
    events.direct_begun.connect(conversations.direct_begun)
    events.user_changed.connect(conversations.user_changed)
    events.presence_changed.connect(presence.presence_changed)
    events.sessions_ended.connect(sessions.sessions_ended)
    events.person_erased.connect(erasure.person_erased)
    events.typing.connect(presence.typing)
    events.call_changed.connect(calls.call_changed)
    events.call_signalled.connect(calls.call_signalled)
    events.viewing.connect(presence.viewing)
    events.work_changed.connect(work.work_changed)
    events.people_changed.connect(work.people_changed)
    events.agent_changed.connect(work.agent_changed)
    events.preferences_changed.connect(work.preferences_changed)
    events.colleagues_mentioned.connect(work.colleagues_mentioned)
    events.person_note_mentioned.connect(work.person_note_mentioned)
    events.settings_changed.connect(appearance.settings_changed)
    events.settings_changed.connect(presence.settings_changed)
    events.mesibo_status_changed.connect(mesibo_status.mesibo_status_changed)
