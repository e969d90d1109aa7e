"""The team's work: how a conversation stands, how many each view has, who is available, whom a note names."""

from __future__ import annotations

from widget import db
from widget.broadcast.conversations import list_entries
from widget.broadcast.fragments import render
from widget.chat.conversations import lists, membership, visibility
from widget.chat.conversations import views as conversation_views
from widget.chat.users import availability
from widget.models import Message, NotificationPreferences, PersonNote, User, now
from widget.realtime import Event, publish_if_possible
from widget.web import serializers


def work_changed(conversation_id: str, listed: bool) -> None:
    """Publish to the agents how a conversation stands, and how many each of their views has now."""
    events: list[tuple[str, Event]] = []
    if not listed:
        views = conversation_views.per_member(conversation_id)
        events += list_entries(view for view in views if visibility.is_team(view.me))
    at = serializers.iso_time(now())
    with db.reading() as session:
        counted = lists.counts(session, membership.agent_ids())
    for agent, counts in counted.items():
        # Two that were counted at the same moment may arrive in the wrong order: the later one holds.
        fragment = render("fragments/counts.html", counts=counts, at=at)
        shape = {"counts": counts, "at": at}
        events.append((agent, Event(fragment, type="counts", as_json=shape, fleeting=True)))
    publish_if_possible(events)


def agent_changed(user_id: str) -> None:
    """Publish to the agents how one of the team is now."""
    entry = availability.get(user_id)
    if entry is None:
        return
    shape = serializers.agent(*entry)
    event = Event(render("fragments/agent.html", agent=shape), type="agent", as_json=shape, fleeting=True)
    publish_if_possible((agent, event) for agent in membership.agent_ids())


def people_changed(user_ids: list[str]) -> None:
    """Publish to the agents that something else is known of these visitors; whoever shows one loads it again."""
    fragment = render("fragments/people_changed.html", people=user_ids)
    event = Event(fragment, type="people", as_json={"people": user_ids}, fleeting=True)
    publish_if_possible((agent, event) for agent in membership.agent_ids())


def colleagues_mentioned(note: Message, user_ids: list[str]) -> None:
    """Publish to those whom a note names that it does; logged, so that it reaches who is away for a moment, too."""
    shape = {
        "conversation": note.conversation_id,
        "message": note.id,
        "sender": serializers.user(note.sender),
        "summary": serializers.summary(note, note.body),
    }
    _mention(shape, user_ids)


def person_note_mentioned(note: PersonNote, author: User, user_ids: list[str]) -> None:
    """The same of a note about a visitor."""
    shape = {
        "person": note.user_id,
        "sender": serializers.user(author),
        "summary": serializers.person_note_summary(note),
    }
    _mention(shape, user_ids)


def _mention(shape: serializers.Json, user_ids: list[str]) -> None:
    event = Event(render("fragments/mention.html", mention=shape), type="mention", as_json=shape)
    publish_if_possible((user_id, event) for user_id in user_ids)


def preferences_changed(chosen: NotificationPreferences) -> None:
    """Publish to an agent's open tabs how they are to tell them of visitors."""
    shape = {"sound": chosen.sound, "desktop": chosen.desktop, "words": chosen.words}
    fragment = render("fragments/preferences.html", preferences=shape)
    publish_if_possible([(chosen.user_id, Event(fragment, type="preferences", as_json=shape, fleeting=True))])
