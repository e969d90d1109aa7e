"""A team and its visitors who do something at random, the same for the same seed, as the views are to count it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from tests.unit.team_scene import Chat, agent, chat, reloaded, send
from widget import db
from widget.chat import blocks, receipts
from widget.chat.calls import calls
from widget.chat.conversations import cases, handover, labels, rules, work
from widget.chat.conversations.work import Change
from widget.chat.errors import Refusal
from widget.chat.messages import edits
from widget.chat.personal import erasure
from widget.chat.users import agents, bots
from widget.models import Case, Message, User, now

LABELS = ("red", "green", "blue")
TEAM = 3
"""How many agents there are at most."""


class RandomTeam:
    """Two agents, or one more or less, a bot, and visitors, of whom some are forgotten and others come."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.ana = agent("Ana")
        self.team = [self.ana, agent("Ben")]
        self.bot = bots.add(f"Bot {uuid.uuid4().hex}", ("read", "write", "manage"))[0]
        self.chats = [chat() for _ in range(6)]
        self.sent: list[tuple[User, Message]] = []
        self.refused = 0
        often = (self.ask, self.answer, self.change, self.read)
        seldom = (self.note, self.delete, self.bot_answers, self.call, self.hand_over, self.snoozes_end, self.days_pass)
        rarely = (self.block, self.change_label, self.rules_run, self.join_or_leave, self.forget)
        self.actions: list[Callable[[User, Chat], object]] = [*often * 4, *seldom * 2, *rarely]

    def one(self) -> None:
        """One action; some are refused, where nothing was written yet, for example."""
        who, where = self.random.choice(self.team), self.random.choice(self.chats)
        try:
            self.random.choice(self.actions)(who, where)
        except Refusal:
            self.refused += 1

    def ask(self, _who: User, where: Chat) -> None:
        if blocks.of_visitor(where.visitor.id)[blocks.VISITOR]:
            raise blocks.refusal()
        self.sent.append((where.visitor, where.asks()))

    def answer(self, who: User, where: Chat) -> None:
        self.sent.append((who, send(who, where.id, "an answer")))

    def bot_answers(self, _who: User, where: Chat) -> None:
        self.sent.append((self.bot, send(self.bot, where.id, "an answer of a program")))

    def note(self, who: User, where: Chat) -> None:
        self.sent.append((who, send(who, where.id, "a note", private=True)))

    def change(self, who: User, where: Chat) -> None:
        changes: list[Callable[[], Change]] = [
            lambda: Change(status=self.random.choice(cases.STATUSES), ask_rating=self.random.random() < 0.5),
            lambda: Change(snoozed_until=now() + timedelta(hours=self.random.randrange(1, 9))),
            lambda: Change(assignee=self.random.choice(("me", "", self.ana.id, self.bot.id))),
            lambda: Change(labels=self.random.sample(LABELS, self.random.randrange(3))),
        ]
        work.change(who, where.id, self.random.choice(changes)())

    def delete(self, _who: User, _where: Chat) -> None:
        if self.sent:
            user, message = self.random.choice(self.sent)
            edits.delete_message(user, message.id, timedelta(days=1))

    def read(self, who: User, where: Chat) -> None:
        receipts.mark_read(who, where.id, self.random.randrange(where.row.last_seq + 1))
        receipts.mark_read(where.visitor, where.id, self.random.randrange(where.row.public_seq + 1))

    def call(self, who: User, where: Chat) -> None:
        caller, tab = self.random.choice((who, where.visitor)), str(uuid.uuid4())
        begun, _new = calls.start(caller, where.id, "voice", tab, set)
        calls.signal(caller, begun.id, "hangup", tab)

    def hand_over(self, who: User, where: Chat) -> None:
        handover.hand_over(self.random.choice((who, where.visitor, self.bot)), where.id)

    def snoozes_end(self, _who: User, _where: Chat) -> None:
        rules.end_snoozes(now() + timedelta(hours=self.random.randrange(9)))

    def days_pass(self, _who: User, where: Chat) -> None:
        """What was resolved was so three days ago: the next question is another case."""
        with db.transaction() as session:
            for case in session.scalars(select(Case).where(Case.conversation_id == where.id)):
                case.opened_at -= timedelta(days=3)
                if case.resolved_at:
                    case.resolved_at -= timedelta(days=3)

    def block(self, who: User, where: Chat) -> None:
        mine = blocks.of_visitor(where.visitor.id)[blocks.VISITOR]
        blocks.remove(who, mine) if mine else blocks.add(who, blocks.VISITOR, where.visitor.id)

    def change_label(self, who: User, _where: Chat) -> None:
        """Another name, which another one may have, or none any more."""
        there = [label for label, _count in labels.all_with_counts()]
        if there:
            label = self.random.choice(there)
            if self.random.random() < 0.5:
                labels.remove(who, label.id)
            else:
                labels.change(who, label.id, name=self.random.choice(LABELS))

    def rules_run(self, _who: User, _where: Chat) -> None:
        later = now() + timedelta(hours=1)
        self.random.choice(
            (
                lambda: handover.hand_over_silent(later),
                lambda: rules.unassign(later, 30),
                lambda: rules.remind(later, 30),
                lambda: rules.resolve_silent(now() + timedelta(days=2), days=1),
                lambda: rules.close_of_bots(later, hours=0),
            )
        )()

    def join_or_leave(self, _who: User, _where: Chat) -> None:
        if len(self.team) < TEAM:
            self.team.append(agent("Cleo"))
        else:
            agents.remove(self.team.pop(), by=reloaded(self.ana))

    def forget(self, _who: User, where: Chat) -> None:
        """Everything of a visitor is erased; another one comes."""
        self.chats.remove(where)
        self.sent = [(user, message) for user, message in self.sent if message.conversation_id != where.id]
        erasure.erase(where.visitor.id)
        self.chats.append(chat())
