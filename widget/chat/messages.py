"""Messages: what one is, how it is sent exactly once, and how the past is paged through."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from widget import db
from widget.chat import conversations
from widget.chat.errors import TooLarge, Unprocessable
from widget.chat.signals import message_sent
from widget.models import BODY_LIMIT, Conversation, Member, Message, Outbox, Unpublished, User, now

PAGE = 40
"""How many messages a page of history holds."""


class Sent(NamedTuple):
    """The answer to sending."""

    message: Message
    me: Member
    """The chair it was said from."""
    members: list[Member]
    """All chairs of the conversation."""
    fresh: bool
    """False when this `client_id` had been sent before; then nothing happened."""


class Page(NamedTuple):
    """A page of history, oldest message first."""

    messages: list[Message]
    more: bool
    """Whether there are older ones."""


def send(user: User, conversation_id: str, body: str, client_id: str, reply_to: str | None = None) -> Sent:
    """Say something, once: the same `client_id` from the same user answers with the first message again.

    Raises NotFound outside one's own conversations, Unprocessable for an empty body, an answer to a message from
    elsewhere or a `client_id` used in another conversation, TooLarge above BODY_LIMIT characters.
    """
    if not body.strip():
        raise Unprocessable("A message needs some text.")
    if len(body) > BODY_LIMIT:
        raise TooLarge(f"A message has at most {BODY_LIMIT:,} characters; this one has {len(body):,}.")
    with db.transaction() as session:
        me, members = conversations.seat_among_all(session, user, conversation_id)
        # The lock puts senders in a line, so that numbers are given in the order of the commits and a retry that
        # arrives during the first try finds its message.
        conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
        earlier = session.scalar(
            select(Message)
            .where(Message.sender_id == user.id, Message.client_id == client_id)
            .options(joinedload(Message.sender))
        )
        if earlier is not None:
            if earlier.conversation_id != conversation_id:
                raise Unprocessable("This client_id belongs to a message in another conversation.")
            return Sent(earlier, me, members, False)
        if reply_to is not None:
            original = session.get(Message, reply_to)
            if original is None or original.conversation_id != conversation_id:
                raise Unprocessable("The message that this one answers is not in this conversation.")
        conversation.last_seq += 1
        conversation.updated_at = now()
        message = Message(
            conversation_id=conversation_id,
            seq=conversation.last_seq,
            member_id=me.id,
            sender=session.merge(user, load=False),
            client_id=client_id,
            body=body,
            reply_to=reply_to,
            created_at=conversation.updated_at,
        )
        session.add(message)
        session.flush()
        session.add_all([Unpublished(message_id=message.id), Outbox(message_id=message.id)])
    message_sent.send(message.id)
    return Sent(message, me, members, True)


def page(user: User, conversation_id: str, before: int | None = None) -> Page:
    """The newest PAGE messages, or the PAGE before number `before`; raises NotFound in foreign conversations."""
    with db.reading() as session:
        conversations.seat(session, user, conversation_id)
        query = select(Message).where(Message.conversation_id == conversation_id).options(joinedload(Message.sender))
        if before is not None:
            query = query.where(Message.seq < before)
        found = list(session.scalars(query.order_by(Message.seq.desc()).limit(PAGE + 1)))
    return Page(found[:PAGE][::-1], len(found) > PAGE)


def find(message_id: str) -> Message | None:
    """A message with its sender, by id."""
    with db.reading() as session:
        return session.get(Message, message_id, options=[joinedload(Message.sender)])


def mark_published(message_id: str) -> None:
    """Record that a message is in the logs of all members."""
    with db.transaction() as session:
        session.execute(delete(Unpublished).where(Unpublished.message_id == message_id))


def count_unpublished() -> int:
    """How many messages are committed and not known to be published."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Unpublished)) or 0


def unpublished(older_than: timedelta, limit: int = 100) -> list[str]:
    """The ids of messages that were committed longer ago than this and are not known to be published."""
    with db.reading() as session:
        query = select(Unpublished.message_id).where(Unpublished.created_at < now() - older_than)
        return list(session.scalars(query.order_by(Unpublished.created_at).limit(limit)))
