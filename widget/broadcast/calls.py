"""A call's states, and the signals between its two tabs."""

from __future__ import annotations

import logging
from typing import Any

from redis import RedisError

from widget.broadcast import languages
from widget.broadcast.fragments import render
from widget.chat.calls import calls
from widget.chat.calls.calls import Peer
from widget.chat.conversations import membership
from widget.chat.errors import Unavailable
from widget.i18n import _
from widget.models import Call
from widget.realtime import Event, Order, publish
from widget.web import serializers

_log = logging.getLogger(__name__)


def publish_call(call_id: str) -> None:
    """Put the committed state of a call into the log of everybody whom it concerns, exactly once.

    Raises redis.RedisError when Redis does not answer; the call then stays marked as unpublished.
    """
    call = calls.load(call_id)
    if call is None:
        return
    events = (
        event
        for reader in membership.readers(calls.audience(call))
        for event in languages.for_each([reader], lambda reader=reader: [_call(call, reader.user_id)])  # type: ignore[misc]
    )
    publish(events, Order(call_id, call.version + 1))
    calls.mark_published(call)


def _call(call: Call, user_id: str) -> Event:
    shape = serializers.call(call, user_id)
    return Event(render("call/panel.html", call=shape), type="call", as_json=shape)


def call_changed(call_id: str) -> None:
    """Publish a call that was just committed in a new state; while Redis is away the sweeper does, later."""
    try:
        publish_call(call_id)
    except RedisError as error:  # it is committed and marked: the sweeper brings it
        _log.warning("call %s will be published later: %s", call_id, error)


def call_signalled(call_id: str, to: Peer, round_: int, what: dict[str, Any]) -> None:
    """Publish a signal of one tab of a call to the other.

    It is logged, unlike what is fleeting: a tab whose stream breaks off in the middle of a call misses nothing of it.
    Raises Unavailable when Redis does not answer.
    """
    shape = serializers.call_signal(call_id, to.tab, round_, what)
    event = Event(render("call/signal.html", signal=shape), type="call", as_json=shape)
    try:
        publish([(to.user_id, event)])
    except RedisError as error:
        raise Unavailable(_("The other side cannot be told at the moment; please try again.")) from error
