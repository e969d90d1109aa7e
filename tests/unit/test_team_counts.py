"""What is kept with a conversation, or counted for a view, is what counting all anew gives, whatever was done."""

from __future__ import annotations

import contextlib
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.unit.random_team import RandomTeam
from tests.unit.team_scene import Chat, alone
from widget import db
from widget.chat import events
from widget.chat.conversations import cases, lists, recent_unread, unread, views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.unread import MISSED, Unread
from widget.chat.conversations.views import ConversationView
from widget.models import AgentRead, Case, Conversation, ConversationLabel, Label, Member, Message, User

HANDOVERS = {"person-asked", "handed-over", "bot-silent", "bot-failed"}
ACTIONS = 300  # on each database
EVERY = 100
"""After how many actions everything is counted anew."""


PUBLISHING = (
    *(events.message_changed, events.work_changed, events.messages_read, events.call_changed, events.agent_changed),
    *(events.person_erased, events.sessions_ended, events.user_changed),
)
"""What is announced once something is committed: rendering it for everybody's tabs takes longer than doing it."""


@pytest.fixture
def unpublished(app_context: None) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for event in PUBLISHING:
            stack.enter_context(event.muted())
        yield


@pytest.mark.usefixtures("unpublished")
def test_after_hundreds_of_random_actions_everything_that_is_kept_is_what_counting_gives() -> None:
    seed = random.randrange(2**32)
    print(f"RandomTeam({seed})")  # what to write here to see it again
    alone()
    scene = RandomTeam(seed)
    for _ in range(ACTIONS // EVERY):
        for _ in range(EVERY):
            scene.one()
        check_rows(scene)
        check_views(scene)
    assert scene.refused < ACTIONS / 3


@pytest.mark.usefixtures("unpublished")
def test_what_is_remembered_of_unread_messages_is_what_counting_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(2**32)
    print(f"RandomTeam({seed})")
    alone()
    remembered = recent_unread.after_message
    compared = []

    def compare(
        session: Session, conversation: Conversation, members: list[Member], message: Message, team: str
    ) -> Unread | None:
        found = remembered(session, conversation, members, message, team)
        if found is not None:
            of_visitors, of_agents = unread.of_everybody(session, conversation.id, team)
            here = {member.id for member in members}
            assert found[0] == {it: count for it, count in of_visitors.items() if it in here}
            assert sorted(found[1]) == sorted(of_agents)
            compared.append(conversation.id)
        return found

    monkeypatch.setattr(recent_unread, "after_message", compare)
    scene = RandomTeam(seed)
    for _ in range(ACTIONS):
        scene.one()
    assert len(compared) > ACTIONS / 50


def counted(conversation_id: str) -> list[Message]:
    """What counts: what somebody wrote for all, or a call that was missed."""
    with db.reading() as session:
        query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
        found = [it for it in session.scalars(query) if it.deleted_at is None and not it.private]
    return [it for it in found if it.kind == "text" or (it.kind == "call" and (it.params or {})["outcome"] in MISSED)]


def check_rows(scene: RandomTeam) -> None:
    """The numbers of a conversation, since when somebody waits in it, and its case."""
    for it in scene.chats:
        with db.reading() as session:
            row = session.get_one(Conversation, it.id)
            messages = list(session.scalars(select(Message).where(Message.conversation_id == it.id)))
            of = {
                member.id: member for member in session.scalars(select(Member).where(Member.conversation_id == it.id))
            }
            found = list(session.scalars(select(Case).where(Case.conversation_id == it.id)))
        public = {message.seq for message in messages if not message.private}
        listed = public | {message.seq for message in messages if message.kind != "system"}
        assert row.last_seq == max((message.seq for message in messages), default=0) == len(messages)
        assert (row.public_seq, row.listed_seq) == (max(public, default=0), max(listed, default=0))
        team = next(member for member in of.values() if member.user_id == TEAM_ID)
        assert team.read_upto == 0 or team.read_upto in public
        texts = counted(it.id)
        assert row.answered_upto >= max(
            (message.seq for message in texts if message.kind == "text" and message.member_id == team.id), default=0
        )
        waits = [text.created_at for text in texts if text.seq > row.answered_upto and text.member_id != team.id]
        lines = [line.created_at for line in messages if line.seq > row.answered_upto and line.event in HANDOVERS]
        if lines:  # waits for people since then, or by words before
            assert row.waiting_since is not None
            assert abs(row.waiting_since - min(waits + lines)) < timedelta(seconds=9)
        else:
            assert row.waiting_since == min(waits, default=None)
        check_case(row, found)


def check_case(row: Conversation, found: list[Case]) -> None:
    """The newest case is the conversation's; only that can be open; durations are between its times."""
    assert (row.case_id is None) == (not found)
    assert (row.assigned_at is None) == (row.assignee_id is None)
    assert row.snoozed_until is None or row.status == "snoozed"
    for case in found:
        newest = case.id == row.case_id
        assert not newest or case.opened_at == max(it.opened_at for it in found)
        assert (case.resolved_at is None) == (newest and row.status != "resolved")
        assert not newest or case.assignee_id == row.assignee_id
        for seconds, end in ((case.answer_seconds, case.first_answer_at), (case.resolve_seconds, case.resolved_at)):
            assert seconds == (int((end - case.opened_at).total_seconds()) if end else None)


def unread_of_agent(user: User, it: Chat, messages: list[Message]) -> int:
    """By looking at every message; what was written before somebody came is not theirs to read."""
    with db.reading() as session:
        own = session.get(AgentRead, (it.id, user.id))
        query = select(Message).where(Message.conversation_id == it.id, Message.created_at < user.created_at)
        before = max((message.seq for message in session.scalars(query)), default=0)
    upto = own.read_upto if own else before
    return sum(message.seq > upto and message.sender_id == it.visitor.id for message in messages)


def check_unread(scene: RandomTeam, listed: dict[str, dict[str, ConversationView]]) -> None:
    """Of each agent, on a list and on their stream, and of the visitor."""
    for it in scene.chats:
        messages = counted(it.id)
        streamed = {view.viewer: view.unread for view in views.per_member(it.id)}
        for user in scene.team:
            expected = unread_of_agent(user, it, messages)
            assert streamed[user.id] == expected
            if user.id in listed and it.id in listed[user.id]:
                assert listed[user.id][it.id].unread == expected
        with db.reading() as session:
            query = select(Member).where(Member.conversation_id == it.id, Member.user_id == it.visitor.id)
            upto = session.scalars(query).one().read_upto
        expected = sum(message.seq > upto and message.sender_id != it.visitor.id for message in messages)
        assert streamed[it.visitor.id] == views.get(it.visitor, it.id).unread == expected


def check_views(scene: RandomTeam) -> None:
    """Each view has the conversations that its condition says, and its count is their number."""
    with db.reading() as session:
        rows = list(session.scalars(select(Conversation).where(Conversation.case_id.is_not(None))))
        labelled = defaultdict(set)
        names = select(Label.name, ConversationLabel.conversation_id).join(ConversationLabel, isouter=True)
        for name, conversation_id in session.execute(names):
            labelled[name].add(conversation_id)
    opened = {it.id for it in rows if it.status == "open"}
    listed: dict[str, dict[str, ConversationView]] = {}
    for user in (scene.team[0], scene.team[-1]):
        expected = {
            "waiting": {
                it.id for it in rows if it.id in opened and it.waiting_since and it.assignee_id != scene.bot.id
            },
            "mine": {it.id for it in rows if it.id in opened and it.assignee_id == user.id},
            "unassigned": {it.id for it in rows if it.id in opened and it.assignee_id is None},
            "bot": {it.id for it in rows if it.id in opened and it.assignee_id == scene.bot.id},
            "all": {it.id for it in rows},
        } | {status: {it.id for it in rows if it.status == status} for status in cases.STATUSES}
        counts = lists.counts_for(user)
        for view, ids in expected.items():
            assert counts[view] == len(ids), view
            found = everything(user, view)
            assert set(found) == ids, view
        listed[user.id] = everything(user, "all")
        for name, ids in labelled.items():
            assert counts["labels"][name] == len(ids & opened), name
            assert set(everything(user, "open", name)) == ids & opened, name
    check_unread(scene, listed)


def everything(user: User, view: str, label: str = "") -> dict[str, ConversationView]:
    """All conversations of a view by their ids, page by page; none comes twice."""
    found: list[ConversationView] = []
    after = ""
    while True:
        page = lists.page(user, view, label, after=after)
        found += page.views
        if page.next is None:
            by_id = {it.conversation.id: it for it in found}
            assert len(found) == len(by_id)
            return by_id
        after = page.next
