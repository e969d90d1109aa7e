"""Messages that agents may have to be told of by push: noted with the message, and dealt with a moment later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, exists, insert, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound
from widget.chat.messages import notes
from widget.chat.users import merging
from widget.models import (
    AgentRead,
    Base,
    Conversation,
    Message,
    PersonNote,
    PushOutbox,
    PushSubscription,
    User,
    now,
)
from widget.models.base import Moment
from widget.notifications import queue, recipients, subscriptions

GRACE = timedelta(seconds=2)
"""How long an agent who looks at the conversation has to be noticed: they are told nothing."""

PORTION = 200
"""How many messages are dealt with at a time."""

# One statement, and nothing is written where nobody has push.
_NOTE = insert(Base.metadata.tables["push_outbox"]).from_select(
    ["message_id", "created_at"],
    select(bindparam("id", type_=String), bindparam("at", type_=Moment)).where(exists(select(PushSubscription.id))),
)


def message_committing(message: Message, session: Session, has_push: bool = True, **_: object) -> None:
    """Note a new message of a visitor's, or a note that may name somebody, in its own transaction."""
    if not has_push:
        return
    is_new = message.version == 0 and message.deleted_at is None
    concerns = "@" in message.body if message.private else message.sender.principal_id != TEAM_ID
    if is_new and concerns:
        session.connection().execute(_NOTE, {"id": message.id, "at": now()})


def person_note_mentioned(note: PersonNote, author: User, user_ids: list[str]) -> None:
    """Queue for each browser of those who want to be told of anything that a note about a visitor names them."""
    try:
        conversation_id = merging.newest_conversation(note.user_id)
    except NotFound:
        return  # there is nothing to be opened
    at = now()
    with db.transaction() as session:
        for agent_id in user_ids:
            if recipients.preferences(session, agent_id).push != "none":
                for browser in subscriptions.live(session, agent_id):
                    event = f"push:{note.id}:{browser.id}"
                    about = {"conversation_id": conversation_id, "message_id": note.id, "subscription_id": browser.id}
                    queue.add(session, event, "push", agent_id, at, **about)


def expand(at: datetime) -> int:
    """Queue for each browser what is to be told by now; returns how much. Of several messages that came together in a
    conversation, the newest is told."""
    with db.reading() as session:
        old = select(PushOutbox.message_id).where(PushOutbox.created_at <= at - GRACE)
        found = list(session.scalars(old.order_by(PushOutbox.created_at).limit(PORTION)))
    if not found:
        return 0
    with db.transaction() as session:
        rows = session.scalars(select(PushOutbox).where(PushOutbox.message_id.in_(found)).with_for_update())
        for row in list(rows):
            session.delete(row)
        messages = session.scalars(select(Message).where(Message.id.in_(found)).order_by(Message.seq))
        newest = {(it.conversation_id, it.private, it.private and it.id): it for it in messages}
        return sum(_queue(session, message, at) for message in newest.values())


def _queue(session: Session, message: Message, at: datetime) -> int:
    conversation = session.get_one(Conversation, message.conversation_id)
    query = select(AgentRead.user_id, AgentRead.read_upto).where(AgentRead.conversation_id == conversation.id)
    read = dict(iter(session.execute(query)))
    return sum(
        queue.add(
            session,
            f"push:{message.id}:{browser.id}",
            "push",
            agent.id,
            at,
            conversation_id=conversation.id,
            message_id=message.id,
            subscription_id=browser.id,
        )
        for agent in _told(session, conversation, message)
        if read.get(agent.id, 0) < message.seq
        for browser in subscriptions.live(session, agent.id)
    )


def _told(session: Session, conversation: Conversation, message: Message) -> list[User]:
    """Whom a message concerns: of a note, those whom it names, and who want to be told of anything at all."""
    if not message.private:
        return [agent for agent, _preferences in recipients.addressed(session, conversation, "push")]
    people = [it for it in recipients.agents(session) if recipients.preferences(session, it.id).push != "none"]
    return [it for it in notes.mentioned(message.body, people) if it.id != message.sender_id]
