"""A conversation as it stands in everybody's list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from widget.broadcast.fragments import render
from widget.broadcast.languages import Renderings
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.models import User
from widget.realtime import Event, publish_if_possible
from widget.web import serializers
from widget.web.serializers.alike import Alike
from widget.web.serializers.base import Json


def list_entries(
    views: Iterable[ConversationView],
    last: Callable[[ConversationView], Json | None] = lambda _: None,
    news: bool = False,
) -> Iterator[tuple[str, Event]]:
    """For each user, as `publish` takes them, the conversation as it stands in their list.

    Agents who have it alike get the same one, rendered once. `last` knows the newest message's shape, if it is made.
    With `news` that message in brief is all that is new in a row, so an inbox that does not follow the conversation
    needs no entry.
    """
    rendered, members = Renderings[Event](), Renderings[list[Json]]()
    alike: dict[str, Alike] = {}
    for view in views:
        it = view.conversation
        if it.id not in alike:
            alike[it.id] = Alike(it)
        key = (it.id, alike[it.id].conversation(view))
        yield view.viewer, rendered.get(view.locale, key, partial(_entry, view, last, members, news))


def _entry(
    view: ConversationView,
    last: Callable[[ConversationView], Json | None],
    members: Renderings[list[Json]],
    news: bool,
) -> Event:
    whose = (view.conversation.id, view.me.id if view.me.left_at is not None else "")
    made = members.get(view.locale, whose, partial(serializers.members, view))
    shape = serializers.conversation(view, last(view), made)
    is_agent = view.me.user_id == TEAM_ID
    fragment = render("fragments/entry.html", conversation=shape, is_agent=is_agent)
    return Event(fragment, type="conversation", as_json=shape, topic=shape["id"] if news and is_agent else None)


def direct_begun(conversation_id: str) -> None:
    """Publish to a visitor's tabs the conversation that one of them has begun; the team sees it when it has words."""
    views = conversation_views.per_member(conversation_id)
    publish_if_possible(list_entries(view for view in views if view.me.user_id != TEAM_ID))


def user_changed(user_id: str) -> None:
    """Publish the lists of those who share a conversation with somebody who has another name or picture now."""
    for own in conversation_views.list_for(User(id=user_id)):
        views = conversation_views.per_member(own.conversation.id)
        others = [view for view in views if view.me.user_id != user_id and view.conversation.last_seq]
        publish_if_possible(list_entries(others))
