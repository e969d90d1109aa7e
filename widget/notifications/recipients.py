"""Who of the team is told of a conversation, and how each of them wants to be told."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events
from widget.chat.conversations.membership import TEAM_ID
from widget.models import Conversation, NotificationPreferences, User

Channel = Literal["mail", "push", "desktop", "sound"]
CHANNELS: tuple[Channel, ...] = ("push", "mail", "desktop", "sound")
CHOICES = ("all", "mine", "none")
"""Of which conversations: of all, of one's own and those that nobody has, of none."""

_AGENTS = select(User).where(User.team_id == TEAM_ID, User.kind == "agent", User.removed_at.is_(None))


def preferences(session: Session, user_id: str) -> NotificationPreferences:
    """How an agent wants to be told; the defaults until they have chosen."""
    kept = session.get(NotificationPreferences, user_id)
    return kept or NotificationPreferences(
        user_id=user_id, mail="mine", push="mine", desktop="mine", sound="all", words=True
    )


def preferences_of(user: User) -> NotificationPreferences:
    """The same, outside a transaction."""
    with db.reading() as session:
        return preferences(session, user.id)


def set_preferences(user: User, choices: dict[Channel, str], words: bool) -> NotificationPreferences:
    """Let an agent choose; each of `choices` is one of CHOICES. Returns all that holds now."""
    with db.transaction() as session:
        kept = preferences(session, user.id)
        for channel, choice in choices.items():
            setattr(kept, channel, choice)
        kept.words = words
        session.add(kept)
    events.preferences_changed.send(kept)
    return kept


def agents(session: Session) -> list[User]:
    """All agents there are."""
    return list(session.scalars(_AGENTS.order_by(User.id)))


def addressed(
    session: Session, conversation: Conversation, channel: Channel
) -> list[tuple[User, NotificationPreferences]]:
    """The agents who want to be told of this conversation in this way, whether they are available or not."""
    choices = ((agent, preferences(session, agent.id)) for agent in agents(session))
    return [(agent, theirs) for agent, theirs in choices if wants(getattr(theirs, channel), agent.id, conversation)]


def wants(choice: str, agent_id: str, conversation: Conversation) -> bool:
    """Whether a conversation is among those that somebody has chosen to be told of; none is that a bot answers."""
    if conversation.assignee is not None and conversation.assignee.kind == "bot":
        return False
    return choice == "all" or (choice == "mine" and conversation.assignee_id in (None, agent_id))
