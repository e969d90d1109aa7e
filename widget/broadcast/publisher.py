"""Brings what happened to the tabs: listens to `chat.signals`, renders each member's view of it, publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from flask import render_template
from redis import RedisError

from widget import extensions
from widget.chat import events, presence
from widget.chat.calls import calls
from widget.chat.calls.calls import Peer
from widget.chat.conversations import membership
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import Unavailable
from widget.chat.messages import history
from widget.chat.messages.sending import CreatedMessage
from widget.mesibo.transports.base import MesiboStatus
from widget.models import Call, Message, User
from widget.realtime import EVERYONE, Event, publish
from widget.web import serializers

_log = logging.getLogger(__name__)


def connect() -> None:
    """Listen to what happens in the chat. Connecting again changes nothing."""
    events.message_changed.connect(_message_changed)
    events.messages_read.connect(_messages_read)
    events.messages_delivered.connect(_messages_delivered)
    events.user_changed.connect(_user_changed)
    events.presence_changed.connect(_presence_changed)
    events.typing.connect(_typing)
    events.call_changed.connect(_call_changed)
    events.call_signalled.connect(_call_signalled)
    events.mesibo_status_changed.connect(_link_changed)


def publish_message(message_id: str, first: bool, created: CreatedMessage | None = None) -> None:
    """Put a committed message, or with `first` false its change, into every member's log, exactly once.

    One that is `created` need not be read again; should anything be another by now, whoever changed it publishes that.
    Raises redis.RedisError when Redis does not answer; the message then stays marked as unpublished.
    """
    message = created.message if created else history.load(message_id)
    if message is None:
        return
    if first:
        publish(_views(message, "message", created), once=f"{message_id}:first")
    if message.version:  # perhaps changed while the first publication was under way
        publish(_views(message, "message-update"), once=f"{message_id}:{message.version}")
    if message.original is not None:
        _quote_again(message, message.original)
    extensions.current().published_buffer.note(message_id, message.version)


def _quote_again(answer: Message, quoted: Message) -> None:
    """Publish an answer once more if what it quotes says something else by now, and that was published before it."""
    while (now := history.load(answer.id)) is not None and now.original is not None:
        before, quoted = quoted, now.original
        if (quoted.body, quoted.deleted_at) == (before.body, before.deleted_at):
            return
        publish(_views(now, "message-update"), once=f"{answer.id}:{now.version}:quotes:{quoted.version}")


def _views(message: Message, kind: str, created: CreatedMessage | None = None) -> Iterator[tuple[str, Event]]:
    """The message as each member sees it, and the list's entry that goes with it."""
    new = kind == "message"
    views = (
        created.views
        if created
        else conversation_views.per_member(message.conversation_id, message.seq if new else None)
    )
    for view in views:
        shape = serializers.message(message, view.me, view.conversation.members)
        event = Event(
            render_template("fragments/message.html", message=shape),
            type=kind,
            as_json=shape,
            # Whoever takes it has it delivered; with one's own message there is nothing to tell.
            about=f"{message.conversation_id}:{message.seq}" if new and not shape["mine"] else None,
        )
        yield from _to_all_tabs(view, event, _list_entry(view))


def _message_changed(message_id: str, first: bool, created: CreatedMessage | None = None) -> None:
    try:
        publish_message(message_id, first, created)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("message %s will be published later: %s", message_id, error)


def _messages_read(conversation_id: str, member_id: str) -> None:
    events: list[tuple[str, Event]] = []
    views = conversation_views.per_member(conversation_id)
    for view in views:
        own = [_list_entry(view)] if view.me.id == member_id else []
        events += _to_all_tabs(view, _receipt(view, views, member_id), *own)
    _publish_now(events)


def _messages_delivered(conversation_id: str, member_id: str) -> None:
    views = conversation_views.per_member(conversation_id)
    others = (view for view in views if view.me.id != member_id)
    _publish_now(event for view in others for event in _to_all_tabs(view, _receipt(view, views, member_id)))


def _receipt(view: ConversationView, views: list[ConversationView], member_id: str) -> Event:
    whose = next((it.me for it in views if it.me.id == member_id), view.me)
    shape = serializers.receipt(view, whose)
    return Event(render_template("fragments/receipt.html", receipt=shape), type="receipt", as_json=shape)


def _user_changed(user_id: str) -> None:
    for own in conversation_views.list_for(User(id=user_id)):
        for view in conversation_views.per_member(own.conversation.id):
            if view.me.user_id != user_id and view.conversation.last_seq:
                _publish_now(_to_all_tabs(view, _list_entry(view)))


def _presence_changed(user_ids: frozenset[str]) -> None:
    """Tell those who share a conversation; of the team, whose agent this is, everybody."""
    users = presence.users(set(user_ids))
    events: list[tuple[str, Event]] = []
    if any(user.team_id for user in users):
        events += [(EVERYONE, _presence(shape)) for shape in serializers.presence(presence.users({TEAM_ID}))]
    visitors = [user for user in users if not user.team_id]
    companions = membership.contacts_of(user.id for user in visitors)
    agents = membership.agent_ids() if visitors else []
    for shape in serializers.presence(visitors):
        members = companions.get(shape["user"], ())
        others = [user_id for member in members for user_id in (agents if member == TEAM_ID else [member])]
        if others:  # most visitors have said nothing to anybody yet
            event = _presence(shape)
            events += [(user_id, event) for user_id in others]
    _publish_now(events)


def _presence(shape: serializers.Json) -> Event:
    fragment = render_template("fragments/presence.html", presence=shape)
    return Event(fragment, type="presence", as_json=shape, fleeting=True)


def _typing(conversation_id: str, user: User) -> None:
    shape = serializers.typing(conversation_id, user)
    event = Event(render_template("fragments/typing.html", typing=shape), type="typing", as_json=shape, fleeting=True)
    others = (view for view in conversation_views.per_member(conversation_id) if view.me.user_id != user.principal_id)
    _publish_now(pair for view in others for pair in _to_all_tabs(view, event))


def publish_call(call_id: str) -> None:
    """Put the committed state of a call into the log of everybody whom it concerns, exactly once.

    Raises redis.RedisError when Redis does not answer; the call then stays marked as unpublished.
    """
    found = calls.load(call_id)
    if found is None:
        return
    publish(((user_id, _call(found, user_id)) for user_id in calls.audience(found)), once=f"{call_id}:{found.version}")
    calls.mark_published(found)


def _call(found: Call, user_id: str) -> Event:
    shape = serializers.call(found, user_id)
    return Event(render_template("call/panel.html", call=shape), type="call", as_json=shape)


def _call_changed(call_id: str) -> None:
    try:
        publish_call(call_id)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("call %s will be published later: %s", call_id, error)


def _call_signalled(call_id: str, to: Peer, round_: int, what: dict[str, Any]) -> None:
    """Logged, unlike what is fleeting: a tab whose stream breaks off in the middle of a call misses nothing of it."""
    shape = serializers.call_signal(call_id, to.tab, round_, what)
    event = Event(render_template("call/signal.html", signal=shape), type="call", as_json=shape)
    try:
        publish([(to.user_id, event)])
    except RedisError as error:
        raise Unavailable("The other side cannot be told at the moment; please try again.") from error


def _link_changed(doing: MesiboStatus, for_all: bool) -> None:
    """Tell the agents how the link is doing, and everybody else whether it is there."""
    events = [(EVERYONE, _link(doing, is_agent=False))] if for_all else []
    _publish_now(events + [(user_id, _link(doing, is_agent=True)) for user_id in membership.agent_ids()])


def _link(doing: MesiboStatus, is_agent: bool) -> Event:
    shape = serializers.mesibo_status(doing, is_agent)
    fragment = render_template("fragments/link.html", link=shape, is_agent=is_agent)
    return Event(fragment, type="link", as_json=shape, fleeting=True)


def _publish_now(events: Iterable[tuple[str, Event]]) -> None:
    # What is lost here is told again by the next event of its kind, and by every page that is loaded.
    try:
        publish(events)
    except RedisError as error:
        _log.warning("an event could not be published: %s", error)


def _list_entry(view: ConversationView) -> Event:
    shape = serializers.conversation(view)
    is_agent = view.me.user_id == TEAM_ID
    fragment = render_template("fragments/entry.html", conversation=shape, is_agent=is_agent)
    return Event(fragment, type="conversation", as_json=shape)


def _to_all_tabs(view: ConversationView, *events: Event) -> Iterator[tuple[str, Event]]:
    for user_id in view.audience:
        for event in events:
            yield user_id, event
