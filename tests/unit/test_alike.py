"""Whoever is taken to see alike does: what is rendered once for many is what each of them would get."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from widget.chat.conversations import visibility
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.models import Conversation, Member, Message, Reaction, User, new_id
from widget.web import serializers
from widget.web.serializers import Json
from widget.web.serializers.alike import Alike

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def make_member(dice: random.Random, user: User) -> Member:
    left = dice.choice([None, None, None, 3, 8])
    member = Member(
        id=new_id(),
        conversation_id="c",
        user_id=user.id,
        delivered_upto=dice.choice([0, 8, 9]),
        read_upto=dice.choice([0, 8, 9]),
        role=dice.choice(["owner", "member"]),
        joined_at=at(0),
        left_at=at(left) if left and user.id != TEAM_ID else None,
        left_seq=dice.choice([8, 9]) if left and user.id != TEAM_ID else None,
    )
    set_committed_value(member, "user", user)
    return member


def make_message(dice: random.Random, seq: int, members: list[Member], agent: User) -> Message:
    member = dice.choice(members)
    sender = agent if member.user_id == TEAM_ID else member.user
    message = Message(
        id=new_id(),
        conversation_id="c",
        seq=seq,
        member_id=member.id,
        sender_id=sender.id,
        client_id=new_id(),
        kind="text",
        body="words",
        private=member.user_id == TEAM_ID and dice.random() < 0.3,
        forwarded=False,
        version=1,
        created_at=at(2),
        edited_at=dice.choice([None, at(5)]),
        deleted_at=dice.choice([None, None, at(6)]),
        external_error=dice.choice([None, "no"]),
    )
    if dice.random() < 0.3:
        message.content = {"type": "options", "options": [{"title": "Yes", "value": "y"}], "multiple": False}
    for name, value in (("sender", sender), ("reactions", []), ("original", None), ("call", None)):
        set_committed_value(message, name, value)
    for name in ("attachment", "link"):
        set_committed_value(message, name, None)
    if dice.random() < 0.3:
        given = Reaction(member_id=member.id, emoji="👍", created_at=at(4))
        set_committed_value(given, "user", sender)
        set_committed_value(message, "reactions", [given])
    return message


def make_views(dice: random.Random, kind: str, size: int) -> list[ConversationView]:
    """A conversation of many kinds of members, as each of them and three of the team have it."""
    agents = [User(id=new_id(), kind="agent", name=f"Agent {n}", team_id=TEAM_ID) for n in range(2)]
    bot = User(id=new_id(), kind="bot", name="Bot", team_id=TEAM_ID, scopes=dice.choice(["read", "read notes"]))
    people = [User(id=new_id(), kind="visitor", name=f"Person {n}") for n in range(size - 1)]
    members = [make_member(dice, user) for user in [*people, User(id=TEAM_ID, kind="team", name="Team")]]
    dice.shuffle(members)
    quoted = make_message(dice, 8, members, agents[0])
    last = make_message(dice, 9, members, dice.choice(agents))
    if dice.random() < 0.5:
        last.reply_to = quoted.id
        set_committed_value(last, "original", quoted)
    title = dice.choice([None, "Title"]) if kind == "group" else None
    conversation = Conversation(
        id="c", kind=kind, title=title, public_seq=9, listed_seq=9, status="open", revision=1, updated_at=at(2)
    )
    for name, value in (("members", members), ("assignee", None), ("case", None), ("labels", [])):
        set_committed_value(conversation, name, value)
    views = []
    for it in members:
        for viewer in [*agents, bot] if it.user_id == TEAM_ID else [it.user]:
            me = visibility.as_seen(it, viewer.without_notes)
            shown = last if visibility.may_see(me, last) else None
            views.append(ConversationView(conversation, me, shown, dice.choice([0, 1]), viewer.id))
    return views


@pytest.mark.parametrize(("kind", "size"), [("direct", 2), ("group", 2), ("group", 5), ("group", 7), ("group", 30)])
def test_whoever_sees_a_message_and_its_conversation_alike_gets_the_same_of_both(
    app_context: None, kind: str, size: int
) -> None:
    for seed in range(60):
        views = make_views(random.Random(seed), kind, size)
        alike = Alike(views[0].conversation)
        messages: defaultdict[Hashable, list[Json]] = defaultdict(list)
        entries: defaultdict[Hashable, list[Json]] = defaultdict(list)
        for view in views:
            it = view.last
            if it is not None:
                shape = serializers.message(it, view.me, view.conversation.members, view.viewer)
                messages[alike.message(it, view.me, view.viewer)].append(shape)
            entries[alike.conversation(view)].append(serializers.conversation(view))
        for shapes in [*messages.values(), *entries.values()]:
            assert all(shape == shapes[0] for shape in shapes), (seed, shapes)


def test_in_a_large_group_nearly_all_see_alike(app_context: None) -> None:
    views = make_views(random.Random(7), "group", 200)
    alike = Alike(views[0].conversation)
    present = [view for view in views if view.me.left_at is None]
    assert len({alike.conversation(view) for view in present}) < 30
