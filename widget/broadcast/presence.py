"""Who is here, and who is writing. Only for the tabs that are open: nothing of it is logged."""

from __future__ import annotations

from flask import render_template

from widget.broadcast import languages
from widget.chat import presence
from widget.chat.conversations import membership
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.models import User
from widget.realtime import EVERYONE, Event, publish_if_possible
from widget.web import serializers


def presence_changed(user_ids: frozenset[str]) -> None:
    """Publish who is here to those who share a conversation with them; for an agent, to everybody, the team's."""
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
            events += languages.for_each(membership.readers(others), lambda shape=shape: [_presence(shape)])  # type: ignore[misc]
    publish_if_possible(events)


def _presence(shape: serializers.Json) -> Event:
    fragment = render_template("fragments/presence.html", presence=shape)
    return Event(fragment, type="presence", as_json=shape, fleeting=True)


def typing(conversation_id: str, user: User) -> None:
    """Publish to the others that somebody is writing."""
    shape = serializers.typing(conversation_id, user)
    event = Event(render_template("fragments/typing.html", typing=shape), type="typing", as_json=shape, fleeting=True)
    others = (view for view in conversation_views.per_member(conversation_id) if view.me.user_id != user.principal_id)
    publish_if_possible((reader.user_id, event) for view in others for reader in view.audience)
