"""A team in an app of this process: agents, visitors who write to them, and what the database has of that."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from widget import db
from widget.chat import team_settings
from widget.chat.conversations import views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.messages import sending
from widget.chat.users import agents, visitors
from widget.chat.users.visitors import Profile
from widget.models import Conversation, Message, Setting, User


@dataclass
class Chat:
    """A visitor and their conversation with the team."""

    visitor: User
    id: str

    def asks(self, body: str = "hello?") -> Message:
        return send(self.visitor, self.id, body)

    @property
    def row(self) -> Conversation:
        with db.reading() as session:
            return session.get_one(Conversation, self.id)

    def lines(self) -> list[str]:
        """The events of the log that are for the team only, oldest first."""
        with db.reading() as session:
            query = select(Message).where(Message.conversation_id == self.id, Message.kind == "system", Message.private)
            return [it.event or "" for it in session.scalars(query.order_by(Message.seq))]


def send(user: User, conversation_id: str, body: str, private: bool = False) -> Message:
    return sending.send(user, conversation_id, body, str(uuid.uuid4()), private=private).message


def chat() -> Chat:
    """A new visitor."""
    visitor = visitors.open_session(None, Profile()).user
    return Chat(visitor, views.list_for(visitor)[0].conversation.id)


def agent(name: str) -> User:
    return agents.add(f"{uuid.uuid4().hex}@example.com", name)


def alone() -> None:
    """As if nobody and nothing of another test were there."""
    with db.transaction() as session:
        session.execute(update(User).where(User.team_id == TEAM_ID).values(available=False, away_since=None))
        session.execute(
            update(Conversation).values(status="resolved", waiting_since=None, snoozed_until=None, assignee_id=None)
        )
        for key in team_settings.DEFAULTS:
            kept = session.get(Setting, key)
            if kept is not None:
                session.delete(kept)


def reloaded(user: User) -> User:
    """A user as they are now."""
    with db.reading() as session:
        return session.get_one(User, user.id)
