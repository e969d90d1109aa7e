"""Who is here, and who is writing. Only for the tabs that are open: nothing of it is logged."""

from __future__ import annotations

from datetime import datetime

from widget.broadcast import languages
from widget.broadcast.fragments import render
from widget.chat import hours, presence
from widget.chat.conversations import membership, visibility
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.models import User
from widget.realtime import EVERYONE, Event, publish_if_possible
from widget.web import serializers


def presence_changed(user_ids: frozenset[str]) -> None:
    """Publish who is here to those who share a conversation with them; for an agent, to everybody, the team's."""
    users = presence.users(set(user_ids))
    events: list[tuple[str, Event]] = []
    if any(user.kind in ("agent", "team") for user in users):
        events += [(EVERYONE, _presence(shape)) for shape in serializers.presence(presence.users({TEAM_ID}))]
    visitors = [user for user in users if not user.team_id]
    companions = membership.contacts_of(user.id for user in visitors)
    agents = membership.agent_ids() if visitors else []
    for shape in serializers.presence(visitors):
        members = companions.get(shape["user"], ())
        others = [user_id for member in members for user_id in (agents if member == TEAM_ID else [member])]
        if others:  # most visitors have written to nobody yet
            events += languages.for_each(membership.readers(others), lambda shape=shape: [_presence(shape)])  # type: ignore[misc]
    publish_if_possible(events)


def settings_changed(key: str) -> None:
    """Publish to everybody whether the team answers now, when its hours are other ones."""
    if key == hours.KEY:
        presence_changed(frozenset({TEAM_ID}))


def _presence(shape: serializers.Json) -> Event:
    fragment = render("fragments/presence.html", presence=shape)
    return Event(fragment, type="presence", as_json=shape, fleeting=True)


def typing(conversation_id: str, user: User, private: bool, at: datetime) -> None:
    """Publish to the others, an agent's colleagues among them, that somebody is writing; a note, only to these."""
    event = _typing(conversation_id, user, private, at)
    views = conversation_views.per_member(conversation_id)
    others = (view for view in views if view.viewer != user.id)
    publish_if_possible((it.viewer, event) for it in others if not private or visibility.sees_private(it.me))


def _typing(conversation_id: str, user: User, private: bool, at: datetime) -> Event:
    shape = serializers.typing(conversation_id, user, at, private)
    fragment = render("fragments/typing.html", typing=shape)
    return Event(fragment, type="typing", as_json=shape, fleeting=True, topic=conversation_id)


def viewing(conversation_id: str, user: User, entered: bool) -> None:
    """Publish to an agent's colleagues which conversation that agent has open."""
    shape = serializers.viewing(conversation_id, user, entered)
    fragment = render("fragments/viewing.html", viewing=shape)
    event = Event(fragment, type="viewing", as_json=shape, fleeting=True, topic=conversation_id)
    publish_if_possible((agent, event) for agent in membership.agent_ids() if agent != user.id)
