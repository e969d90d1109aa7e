"""What is kept with a conversation instead of being counted is what counting it anew gives, whatever was done."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.unit.team_scene import Chat, agent, alone, chat, send
from widget import db
from widget.chat import receipts
from widget.chat.conversations import cases, lists, views, work
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.work import Change
from widget.chat.errors import Refusal
from widget.chat.messages import edits
from widget.models import AgentRead, Case, Conversation, Member, Message, User, now

SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def team(app_context: None) -> list[User]:
    return [agent("Ana"), agent("Ben")]


class RandomActions:
    """Visitors and agents who do something at random, the same for the same seed."""

    def __init__(self, team: list[User], seed: int):
        self.random = random.Random(seed)
        self.team = team
        self.chats = [chat() for _ in range(4)]
        self.sent: list[tuple[User, Message]] = []

    def one(self) -> None:
        who, where = self.random.choice(self.team), self.random.choice(self.chats)
        action = self.random.choice((self.ask, self.ask, self.answer, self.note, self.change, self.delete, self.read))
        with suppress(Refusal):  # nothing was said there yet, say
            action(who, where)

    def ask(self, _who: User, where: Chat) -> None:
        self.sent.append((where.visitor, where.asks()))

    def answer(self, who: User, where: Chat) -> None:
        self.sent.append((who, send(who, where.id, "an answer")))

    def note(self, who: User, where: Chat) -> None:
        self.sent.append((who, send(who, where.id, "a note", private=True)))

    def change(self, who: User, where: Chat) -> None:
        changes: list[Callable[[], Change]] = [
            lambda: Change(status=self.random.choice(cases.STATUSES)),
            lambda: Change(snoozed_until=now() + timedelta(hours=1)),
            lambda: Change(assignee=self.random.choice(("me", "", self.team[0].id))),
            lambda: Change(labels=self.random.sample(["red", "green", "blue"], self.random.randrange(3))),
        ]
        work.change(who, where.id, self.random.choice(changes)())

    def delete(self, _who: User, _where: Chat) -> None:
        if self.sent:
            user, message = self.random.choice(self.sent)
            edits.delete_message(user, message.id, timedelta(days=1))

    def read(self, who: User, where: Chat) -> None:
        receipts.mark_read(who, where.id, self.random.randrange(where.row.last_seq + 1))
        receipts.mark_read(where.visitor, where.id, self.random.randrange(where.row.public_seq + 1))


@given(seed=SEEDS)
@settings(max_examples=3, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
def test_after_forty_random_deeds_everything_that_is_kept_is_what_counting_gives(team: list[User], seed: int) -> None:
    alone()
    actions = RandomActions(team, seed)
    for _ in range(40):
        actions.one()
    for it in actions.chats:
        check_conversation(it)
        check_unread(it, team)
    check_views(team)


def check_conversation(it: Chat) -> None:
    with db.reading() as session:
        row = session.get_one(Conversation, it.id)
        of = select(func.max(Message.seq)).where(Message.conversation_id == it.id)
        listed = of.where(Message.private.is_(False) | (Message.kind != "system"))
        assert row.waiting_since == cases.unanswered_since(session, row)
        assert row.last_seq == (session.scalar(of) or 0)
        assert row.public_seq == (session.scalar(of.where(Message.private.is_(False))) or 0)
        assert row.listed_seq == (session.scalar(listed) or 0)
        newest = session.scalar(
            select(Case).where(Case.conversation_id == it.id).order_by(Case.opened_at.desc(), Case.id).limit(1)
        )
        assert (newest is None) == (row.case_id is None)
        if newest is not None:
            assert (newest.resolved_at is not None) == (row.status == "resolved")
            assert newest.assignee_id == row.assignee_id
        assert (row.assigned_at is None) == (row.assignee_id is None)
        assert row.snoozed_until is None or row.status == "snoozed"
        watermark = select(Member.read_upto).where(Member.conversation_id == it.id, Member.user_id == TEAM_ID)
        assert session.scalar(select(Message.private).where(of_number(it, session.scalar(watermark) or 0))) in (
            None,
            False,
        )


def of_number(it: Chat, seq: int):  # type: ignore[no-untyped-def]
    return (Message.conversation_id == it.id) & (Message.seq == seq)


def check_unread(it: Chat, team: list[User]) -> None:
    """Of each agent, and of the visitor, by looking at every message."""
    with db.reading() as session:
        messages = list(session.scalars(select(Message).where(Message.conversation_id == it.id)))
        members = {row.user_id: row for row in session.scalars(select(Member).where(Member.conversation_id == it.id))}
        read = {user.id: session.get(AgentRead, (it.id, user.id)) for user in team}
    words = [row for row in messages if row.kind == "text" and row.deleted_at is None and not row.private]
    for user in team:
        own = read[user.id]
        upto = own.read_upto if own else 0
        expected = sum(row.seq > upto and row.sender_id == it.visitor.id for row in words)
        assert views.get(user, it.id).unread == expected
        assert next(view.unread for view in views.per_member(it.id) if view.viewer == user.id) == expected
    upto = members[it.visitor.id].read_upto
    assert views.get(it.visitor, it.id).unread == sum(
        row.seq > upto and row.sender_id != it.visitor.id for row in words
    )


def check_views(team: list[User]) -> None:
    """Each view has the conversations that its condition says, and its count is their number."""
    with db.reading() as session:
        rows = list(session.scalars(select(Conversation).where(Conversation.case_id.is_not(None))))
    for user in team:
        expected = {
            "waiting": {it.id for it in rows if it.status == "open" and it.waiting_since},
            "mine": {it.id for it in rows if it.status == "open" and it.assignee_id == user.id},
            "unassigned": {it.id for it in rows if it.status == "open" and it.assignee_id is None},
            "bot": set[str](),
            "all": {it.id for it in rows},
        } | {status: {it.id for it in rows if it.status == status} for status in cases.STATUSES}
        counts = lists.counts_for(user)
        for view, ids in expected.items():
            assert counts[view] == len(ids), view
            assert set(everything(user, view)) == ids, view


def everything(user: User, view: str) -> list[str]:
    """The ids of all conversations of a view, page by page; none comes twice."""
    found: list[str] = []
    after = ""
    while True:
        page = lists.page(user, view, after=after)
        found += [it.conversation.id for it in page.views]
        if page.next is None:
            assert len(found) == len(set(found))
            return found
        after = page.next
