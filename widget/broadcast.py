"""Brings what happened to the tabs: listens to `chat.signals`, renders each member's view of it, publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from flask import current_app, render_template
from redis import RedisError

from widget import shapes
from widget.chat import calls, conversations, messages, presence, signals
from widget.chat.calls import Peer
from widget.chat.conversations import TEAM_ID, Overview
from widget.chat.errors import Unavailable
from widget.chat.messages import Fresh
from widget.link.base import LinkState
from widget.models import Call, Message, User
from widget.stream import EVERYONE, Event, publish

_log = logging.getLogger(__name__)


def connect() -> None:
    """Listen to what happens in the chat. Connecting again changes nothing."""
    signals.message_changed.connect(_message_changed)
    signals.messages_read.connect(_messages_read)
    signals.messages_delivered.connect(_messages_delivered)
    signals.user_changed.connect(_user_changed)
    signals.presence_changed.connect(_presence_changed)
    signals.typing.connect(_typing)
    signals.call_changed.connect(_call_changed)
    signals.call_signalled.connect(_call_signalled)
    signals.link_changed.connect(_link_changed)


def message(message_id: str, first: bool, fresh: Fresh | None = None) -> None:
    """Put a committed message, or with `first` false its change, into every member's log, exactly once.

    One that is `fresh` need not be read again; should anything be another by now, whoever changed it publishes that.
    Raises redis.RedisError when Redis does not answer; the message then stays marked as unpublished.
    """
    said = fresh.message if fresh else messages.find(message_id)
    if said is None:
        return
    if first:
        publish(_views(said, "message", fresh), once=f"{message_id}:first")
    if said.version:  # perhaps changed while the first publication was under way
        publish(_views(said, "message-update"), once=f"{message_id}:{said.version}")
    if said.original is not None:
        _quote_again(said, said.original)
    current_app.extensions["chat_ledger"].note(message_id, said.version)


def _quote_again(answer: Message, quoted: Message) -> None:
    """Publish an answer once more if what it quotes says something else by now, and that was published before it."""
    while (now := messages.find(answer.id)) is not None and now.original is not None:
        before, quoted = quoted, now.original
        if (quoted.body, quoted.deleted_at) == (before.body, before.deleted_at):
            return
        publish(_views(now, "message-update"), once=f"{answer.id}:{now.version}:quotes:{quoted.version}")


def _views(said: Message, kind: str, fresh: Fresh | None = None) -> Iterator[tuple[str, Event]]:
    """The message as each member sees it, and the list's entry that goes with it."""
    new = kind == "message"
    views = fresh.views if fresh else conversations.from_every_chair(said.conversation_id, said.seq if new else None)
    for view in views:
        shape = shapes.message(said, view.me, view.conversation.members)
        event = Event(
            render_template("fragments/message.html", message=shape),
            type=kind,
            as_json=shape,
            # Whoever takes it has it delivered; with one's own message there is nothing to tell.
            about=f"{said.conversation_id}:{said.seq}" if new and not shape["mine"] else None,
        )
        yield from _to_all_tabs(view, event, _list_entry(view))


def _message_changed(message_id: str, first: bool, fresh: Fresh | None = None) -> None:
    try:
        message(message_id, first, fresh)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("message %s will be published later: %s", message_id, error)


def _messages_read(conversation_id: str, member_id: str) -> None:
    events: list[tuple[str, Event]] = []
    views = conversations.from_every_chair(conversation_id)
    for view in views:
        own = [_list_entry(view)] if view.me.id == member_id else []
        events += _to_all_tabs(view, _receipt(view, views, member_id), *own)
    _publish_now(events)


def _messages_delivered(conversation_id: str, member_id: str) -> None:
    views = conversations.from_every_chair(conversation_id)
    others = (view for view in views if view.me.id != member_id)
    _publish_now(event for view in others for event in _to_all_tabs(view, _receipt(view, views, member_id)))


def _receipt(view: Overview, views: list[Overview], member_id: str) -> Event:
    whose = next((it.me for it in views if it.me.id == member_id), view.me)
    shape = shapes.receipt(view, whose)
    return Event(render_template("fragments/receipt.html", receipt=shape), type="receipt", as_json=shape)


def _user_changed(user_id: str) -> None:
    for own in conversations.all_of(User(id=user_id)):
        for view in conversations.from_every_chair(own.conversation.id):
            if view.me.user_id != user_id and view.conversation.last_seq:
                _publish_now(_to_all_tabs(view, _list_entry(view)))


def _presence_changed(user_ids: frozenset[str]) -> None:
    """Tell those who share a conversation; of the team, whose agent this is, everybody."""
    users = presence.people(set(user_ids))
    events: list[tuple[str, Event]] = []
    if any(user.team_id for user in users):
        events += [(EVERYONE, _presence(shape)) for shape in shapes.presence(presence.people({TEAM_ID}))]
    visitors = [user for user in users if not user.team_id]
    companions = conversations.companions(user.id for user in visitors)
    agents = conversations.agents() if visitors else []
    for shape in shapes.presence(visitors):
        chairs = companions.get(shape["user"], ())
        others = [user_id for chair in chairs for user_id in (agents if chair == TEAM_ID else [chair])]
        if others:  # most visitors have said nothing to anybody yet
            event = _presence(shape)
            events += [(user_id, event) for user_id in others]
    _publish_now(events)


def _presence(shape: shapes.Shape) -> Event:
    fragment = render_template("fragments/presence.html", presence=shape)
    return Event(fragment, type="presence", as_json=shape, fleeting=True)


def _typing(conversation_id: str, user: User) -> None:
    shape = shapes.typing(conversation_id, user)
    event = Event(render_template("fragments/typing.html", typing=shape), type="typing", as_json=shape, fleeting=True)
    others = (view for view in conversations.from_every_chair(conversation_id) if view.me.user_id != user.seat_id)
    _publish_now(pair for view in others for pair in _to_all_tabs(view, event))


def call(call_id: str) -> None:
    """Put the committed state of a call into the log of everybody whom it concerns, exactly once.

    Raises redis.RedisError when Redis does not answer; the call then stays marked as unpublished.
    """
    found = calls.find(call_id)
    if found is None:
        return
    publish(((user_id, _call(found, user_id)) for user_id in calls.audience(found)), once=f"{call_id}:{found.version}")
    calls.mark_published(found)


def _call(found: Call, user_id: str) -> Event:
    shape = shapes.call(found, user_id)
    return Event(render_template("call/panel.html", call=shape), type="call", as_json=shape)


def _call_changed(call_id: str) -> None:
    try:
        call(call_id)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("call %s will be published later: %s", call_id, error)


def _call_signalled(call_id: str, to: Peer, round_: int, what: dict[str, Any]) -> None:
    """Logged, unlike what is fleeting: a tab whose stream breaks off in the middle of a call misses nothing of it."""
    shape = shapes.call_signal(call_id, to.tab, round_, what)
    event = Event(render_template("call/signal.html", signal=shape), type="call", as_json=shape)
    try:
        publish([(to.user_id, event)])
    except RedisError as error:
        raise Unavailable("The other side cannot be told at the moment; please try again.") from error


def _link_changed(doing: LinkState, for_all: bool) -> None:
    """Tell the agents how the link is doing, and everybody else whether it is there."""
    events = [(EVERYONE, _link(doing, at_desk=False))] if for_all else []
    _publish_now(events + [(user_id, _link(doing, at_desk=True)) for user_id in conversations.agents()])


def _link(doing: LinkState, at_desk: bool) -> Event:
    shape = shapes.link(doing, at_desk)
    fragment = render_template("fragments/link.html", link=shape, at_desk=at_desk)
    return Event(fragment, type="link", as_json=shape, fleeting=True)


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
    for user_id in view.listeners:
        for event in events:
            yield user_id, event
