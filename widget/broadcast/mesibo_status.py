"""How the connection to the agents' mesibo apps is doing."""

from __future__ import annotations

from widget.broadcast import languages
from widget.broadcast.fragments import render
from widget.chat.conversations import membership
from widget.mesibo.transports.base import MesiboStatus
from widget.realtime import EVERYONE, Event, publish_if_possible
from widget.web import serializers


def mesibo_status_changed(status: MesiboStatus, for_all: bool) -> None:
    """Publish to the agents how the connection is doing, and to everybody else whether it is there."""
    events = [(EVERYONE, _event(status, is_agent=False))] if for_all else []
    agents = membership.readers(membership.agent_ids())
    publish_if_possible([*events, *languages.for_each(agents, lambda: [_event(status, is_agent=True)])])


def _event(status: MesiboStatus, is_agent: bool) -> Event:
    shape = serializers.mesibo_status(status, is_agent)
    fragment = render("fragments/mesibo_status.html", mesibo_status=shape, is_agent=is_agent)
    return Event(fragment, type="mesibo-status", as_json=shape, fleeting=True)
