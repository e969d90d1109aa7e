"""A call in a scene of its own, brought into any state in the way that people would."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update

from widget import db
from widget.chat.calls import calls
from widget.chat.calls.states import TALKING
from widget.chat.conversations import views as conversation_views
from widget.chat.users import agents, visitors
from widget.chat.users.visitors import Profile
from widget.models import Call, Message, User, now

ANSWERED_STATES = (*TALKING, "ended", "failed")
AGENTS: list[User] = []
"""Ana and Ben, in all scenes: whatever happens is published to every agent."""


def new_tab() -> str:
    return str(uuid.uuid4())


def new_visitor() -> User:
    return visitors.open_session(None, Profile()).user


def new_agent() -> User:
    return agents.add(f"{uuid.uuid4().hex}@example.com")


def conversation_of(user: User) -> str:
    return conversation_views.list_for(user)[0].conversation.id


@dataclass
class Scene:
    """A visitor who calls, two agents at whom it rings, and somebody who has nothing to do with it."""

    visitor: User = field(default_factory=new_visitor)
    ana: User = field(default_factory=lambda: AGENTS[0])
    ben: User = field(default_factory=lambda: AGENTS[1])
    stranger: User = field(default_factory=new_visitor)
    id: str = ""

    def __post_init__(self) -> None:
        self.conversation = conversation_of(self.visitor)
        own, answering = new_tab(), new_tab()
        self.people = {
            "caller": (self.visitor, own),
            "caller elsewhere": (self.visitor, new_tab()),
            "callee": (self.ana, answering),
            "callee elsewhere": (self.ana, new_tab()),
            "colleague": (self.ben, new_tab()),
            "stranger": (self.stranger, new_tab()),
        }

    def alone(self) -> Scene:
        """As if no call of another scene went on."""
        with db.transaction() as session:
            over = {"state": "failed", "due_at": None}
            session.execute(update(Call).where(Call.due_at.is_not(None)).values(**over))
        return self

    def begin(self) -> Scene:
        user, own = self.people["caller"]
        here = {self.ana.id, self.ben.id}
        call, is_new = calls.start(user, self.conversation, "voice", own, lambda _: here)
        assert is_new
        self.id = call.id
        return self

    def signal(self, who: str, name: str, round_: int | None = None) -> str:
        """What the call is then."""
        user, own = self.people[who]
        return calls.signal(user, self.id, name, own, self.call.round if round_ is None else round_).state

    @property
    def call(self) -> Call:
        found = calls.load(self.id)
        assert found is not None
        return found

    @property
    def lines(self) -> list[Message]:
        with db.reading() as session:
            return list(session.scalars(select(Message).where(Message.conversation_id == self.conversation)))

    def let_time_pass(self) -> None:
        """Until it is over, unless something happens."""
        call = self.call
        if call.due_at is not None:
            ago = call.due_at - now() + timedelta(seconds=1)
            with db.transaction() as session:
                moved = {"due_at": call.due_at - ago, "created_at": call.created_at - ago}
                session.execute(update(Call).where(Call.id == self.id).values(**moved))
        calls.end_overdue()

    def reach(self, state: str) -> Scene:
        """Bring the call into a state, in the way that people would."""
        if state == "busy":
            for one in (self.ana, self.ben):
                other = new_visitor()
                ringing, _ = calls.start(other, conversation_of(other), "voice", new_tab(), lambda _, one=one: {one.id})
                calls.signal(one, ringing.id, "answer", new_tab())
        self.begin()
        if state in ANSWERED_STATES:
            self.signal("callee", "answer")
        if state in ("connected", "reconnecting", "ended"):
            self.signal("caller", "connected")
        steps = {
            "reconnecting": lambda: self.signal("callee", "lost"),
            "ended": lambda: self.signal("caller", "hangup"),
            "declined": lambda: [self.signal(who, "decline") for who in ("callee", "colleague")],
            "cancelled": lambda: self.signal("caller", "hangup"),
            "no-answer": self.let_time_pass,
            "failed": self.let_time_pass,
        }
        steps.get(state, lambda: None)()
        assert self.call.state == state
        return self
