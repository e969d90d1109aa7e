"""Brings what happened to the tabs: listens to `chat.signals`, renders each member's view of it, publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from flask import render_template
from redis import RedisError

from widget import shapes
from widget.chat import conversations, messages
from widget.chat.conversations import TEAM_ID, Overview
from widget.chat.signals import message_sent, messages_read, user_changed
from widget.models import User
from widget.stream import Event, publish

_log = logging.getLogger(__name__)


def connect() -> None:
    """Listen to what happens in the chat. Connecting again changes nothing."""
    message_sent.connect(_message_sent)
    messages_read.connect(_messages_read)
    user_changed.connect(_user_changed)


def message(message_id: str) -> None:
    """Put a committed message into every member's log, exactly once however often this is called.

    Raises redis.RedisError when Redis does not answer; the message then stays marked as unpublished.
    """
    said = messages.find(message_id)
    if said is not None:
        events: list[tuple[str, Event]] = []
        for view in conversations.from_every_chair(said.conversation_id):
            shape = shapes.message(said, view.me, view.conversation.members)
            event = Event(render_template("fragments/message.html", message=shape), type="message", as_json=shape)
            events += _to_all_tabs(view, event, _list_entry(view))
        publish(events, once=message_id)
    messages.mark_published(message_id)


def _message_sent(message_id: str) -> None:
    try:
        message(message_id)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("message %s will be published later: %s", message_id, error)


def _messages_read(conversation_id: str, member_id: str) -> None:
    events: list[tuple[str, Event]] = []
    views = conversations.from_every_chair(conversation_id)
    reader = next(view.me for view in views if view.me.id == member_id)
    for view in views:
        shape = shapes.receipt(view, reader)
        event = Event(render_template("fragments/receipt.html", receipt=shape), type="receipt", as_json=shape)
        events += _to_all_tabs(view, event, *([_list_entry(view)] if view.me.id == member_id else []))
    _publish_now(events)


def _user_changed(user_id: str) -> None:
    for own in conversations.all_of(User(id=user_id)):
        for view in conversations.from_every_chair(own.conversation.id):
            if view.me.user_id != user_id and view.conversation.last_seq:
                _publish_now(_to_all_tabs(view, _list_entry(view)))


def _publish_now(events: Iterable[tuple[str, Event]]) -> None:
    # What is lost here is told again by the next event of its kind, and by every page that is loaded.
    try:
        publish(events)
    except RedisError as error:
        _log.warning("an event could not be published: %s", error)


def _list_entry(view: Overview) -> Event:
    shape = shapes.conversation(view)
    at_desk = view.me.user_id == TEAM_ID
    fragment = render_template("fragments/entry.html", conversation=shape, at_desk=at_desk)
    return Event(fragment, type="conversation", as_json=shape)


def _to_all_tabs(view: Overview, *events: Event) -> Iterator[tuple[str, Event]]:
    for user_id in conversations.listeners(view.me):
        for event in events:
            yield user_id, event
