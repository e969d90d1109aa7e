"""A message, and each change of it, as every member sees it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

from redis import RedisError

from widget import extensions
from widget.broadcast import outbox, work
from widget.broadcast.conversations import list_entries
from widget.broadcast.fragments import render
from widget.broadcast.languages import Renderings
from widget.chat.attachments import exchanged
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations import visibility
from widget.chat.conversations.views import ConversationView
from widget.chat.messages import history
from widget.chat.messages.sending import CreatedMessage
from widget.models import FILE_KINDS, Message
from widget.realtime import Event, Order, publish
from widget.web import own_message, serializers
from widget.web.serializers.alike import Alike
from widget.web.serializers.base import Json

_log = logging.getLogger(__name__)

_catching_up = threading.Lock()


def publish_message(message_id: str, first: bool, created: CreatedMessage | None = None) -> None:
    """Put a committed message, or with `first` false its change, into every member's log: once, and in its place.

    One that is `created` need not be read again; should anything be another by now, whoever changed it publishes that.
    Raises redis.RedisError when Redis does not answer; the message then stays marked as unpublished.
    """
    message = created.message if created else history.load(message_id)
    if message is None:
        return
    if first:
        _publish_in_order(message, list(_views(message, "message", created)))
    _publish_the_rest(message)


def _publish_in_order(message: Message, events: list[tuple[str, Event]]) -> None:
    """Publish a new message; before it, to those who have not had what precedes it, all that does (docs/order.md)."""
    order = Order(message.conversation_id, message.seq, message.seq - 1)
    behind = publish(events, order)
    if not behind:
        return
    with _catching_up:  # whoever waited here finds most of it done
        behind = publish((event for event in events if event[0] in behind), order)
        if not behind:
            return
        buffer = extensions.current().published_buffer
        held = buffer.held()  # before the database is asked: it is written down meanwhile
        for message_id in outbox.unpublished_before(message, min(behind.values())):
            if message_id in held | buffer.held():  # in a Redis that has lost it: who listened is told to load again
                continue
            if (earlier := history.load(message_id)) is not None:
                publish(_views(earlier, "message"), order._replace(number=earlier.seq, follows=0))
                _publish_the_rest(earlier)
        publish((event for event in events if event[0] in behind), order._replace(follows=0))


def _publish_the_rest(message: Message) -> None:
    """Publish what became of a message that is in the logs, and note that this is done."""
    if message.version:  # perhaps changed while the first publication was under way
        publish(_views(message, "message-update"), Order(message.id, message.version))
    if message.original is not None:
        _quote_again(message, message.original)
    if message.kind in FILE_KINDS and (people := exchanged.concerned(message.conversation_id)):
        work.people_changed(people)  # beside the conversation, agents see what files there are
    extensions.current().published_buffer.note(message.id, message.version)


def _quote_again(answer: Message, quoted: Message) -> None:
    """Publish an answer once more if what it quotes says something else by now, and that was published before it."""
    while (now := history.load(answer.id)) is not None and now.original is not None:
        before, quoted = quoted, now.original
        if (quoted.body, quoted.deleted_at) == (before.body, before.deleted_at):
            return
        publish(_views(now, "message-update"), Order(f"{answer.id}:quotes", quoted.version))


def _views(message: Message, kind: str, created: CreatedMessage | None = None) -> Iterator[tuple[str, Event]]:
    """The message as everybody who may see it does, and the list's entries that go with it."""
    new = kind == "message"
    views = (
        created.views
        if created
        else conversation_views.per_member(message.conversation_id, message.seq if new else None)
    )
    views = [view for view in views if visibility.may_see(view.me, message)]
    # When a later message is committed already, whoever publishes that brings the entry, in which it stands last.
    current = (view for view in views if not new or view.last is None or view.last.seq <= message.seq)
    if not views:
        return
    alike = Alike(views[0].conversation)
    shapes, rendered = Renderings[Json](), Renderings[Event]()

    def shape(view: ConversationView) -> Json:
        key = alike.message(message, view.me, view.viewer)
        return shapes.get(view.locale, key, partial(_shape, message, view))

    news = created is not None and created.row_stands
    entries = dict(list_entries(current, lambda view: shape(view) if view.last is message else None, news))
    for view in views:
        entry = entries.get(view.viewer)
        # A row comes in brief where its entry comes whole only to those who follow the conversation.
        row = entry if entry is not None and entry.topic else None
        key = alike.message(message, view.me, view.viewer), id(row)
        event = rendered.get(view.locale, key, partial(_render, message, view, kind, shape, row))
        if created and view.viewer == message.sender_id:
            own_message.keep(message, event.as_json, event.data, view.locale)
        yield view.viewer, event
        if entry is not None:
            yield view.viewer, entry


def _shape(message: Message, view: ConversationView) -> Json:
    return serializers.message(message, view.me, view.conversation.members, view.viewer)


def _render(
    message: Message, view: ConversationView, kind: str, shape_of: Callable[[ConversationView], Json], row: Event | None
) -> Event:
    shape = shape_of(view)
    # Whoever takes it has it delivered; with what one's own member sent, or a note, there is nothing to tell.
    told = kind == "message" and message.member_id != view.me.id
    about = f"{message.conversation_id}:{message.seq}" if told else None
    fragment = render("fragments/message.html", message=shape)
    brief = None
    if visibility.is_team(view.me):
        conversation = row.as_json if row else None
        brief = render("fragments/brief.html", message=shape, conversation=conversation, is_agent=True)
    return Event(fragment, type=kind, as_json=shape, about=about, topic=message.conversation_id, brief=brief)


def message_changed(message_id: str, first: bool, created: CreatedMessage | None = None) -> None:
    """Publish a message that was just committed, or its change; while Redis is away the sweeper does, later."""
    try:
        publish_message(message_id, first, created)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("message %s will be published later: %s", message_id, error)
