"""Retention: how long what nobody needs any more is kept, and its deletion in small steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, literal, select
from sqlalchemy.orm import aliased

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.personal import deletion
from widget.chat.users import tokens
from widget.models import Conversation, Invite, Member, MesiboEvent, MesiboOutbox, Token

STEP = 100
"""How many rows of each kind are deleted at a time: while SQLite writes, everybody waits."""

CONVERSATIONS = 5
"""How many conversations at a time."""

SILENCE = timedelta(days=2)
"""How long a session is kept after its last use in which nothing was ever written."""

ENDED = timedelta(days=7)
"""How long an invitation that has expired says so, before it is like one that never was."""

HANDED_OVER = timedelta(days=30)
"""How long is known what mesibo was given, and what its webhook brought: a dialog that was silent for longer is not
asked for what was missed in it."""

KINDS = ("sessions", "invitations", "handed_over", "visitors", "conversations")
"""What `step` counts."""

_NOTHING_SAID = Conversation.last_seq == literal(0, literal_execute=True)  # as the index has it


def step(at: datetime, days: int, here: Callable[[Iterable[str]], set[str]]) -> Counter[str]:
    """Delete some of everything whose time is over; returns how many of which kind.

    `days` is how long a conversation is kept after its last word, 0 for ever; `here` tells which users have a tab open.
    """
    found = Counter(
        sessions=tokens.delete_expired(at, STEP),
        invitations=_delete_invitations(at - ENDED),
        handed_over=_delete_handed_over(at - HANDED_OVER),
        visitors=_delete_silent(at - SILENCE, here),
    )
    if days:
        conversations, visitors = _delete_conversations(at - timedelta(days=days))
        found += Counter(conversations=conversations, visitors=visitors)
    return found


def _delete_invitations(before: datetime) -> int:
    with db.transaction() as session:
        ended = select(Invite.token).where(Invite.expires_at < before).order_by(Invite.expires_at).limit(STEP)
        old = list(session.scalars(ended))
        session.execute(delete(Invite).where(Invite.token.in_(old)))
    return len(old)


def _delete_handed_over(before: datetime) -> int:
    # The oldest rows have the lowest numbers: more than a step need not be looked at.
    outbox = select(MesiboOutbox.id, MesiboOutbox.sent_at).where(MesiboOutbox.state == "sent")
    events = [
        select(MesiboEvent.id, MesiboEvent.created_at).where(MesiboEvent.state == state) for state in ("read", "unread")
    ]
    count = 0
    tables: tuple[tuple[Any, Any], ...] = ((MesiboOutbox, outbox), *((MesiboEvent, query) for query in events))
    for table, query in tables:
        with db.transaction() as session:
            oldest = session.execute(query.order_by(table.id).limit(STEP)).all()
            old = [number for number, moment in oldest if moment is not None and moment < before]
            deletion.delete_rows(session, table, old)
        count += len(old)
    return count


def _silent(before: datetime) -> Select[str, str]:
    """Visitors whose one conversation is empty and older than this, as are all uses of their sessions; with it."""
    other = aliased(Member)
    elsewhere = select(other.id).where(other.user_id == Member.user_id, other.conversation_id != Conversation.id)
    used = select(Token.hash).where(Token.user_id == Member.user_id, Token.used_at >= before)
    return (
        select(Conversation.id, Member.user_id)
        .join(Member, Member.conversation_id == Conversation.id)
        .where(_NOTHING_SAID, Conversation.created_at < before, Member.user_id != TEAM_ID)
        .where(~elsewhere.exists(), ~used.exists())
        .order_by(Conversation.created_at)
        .limit(STEP)
    )


def _delete_silent(before: datetime, here: Callable[[Iterable[str]], set[str]]) -> int:
    with db.reading() as session:
        silent = {user: conversation for conversation, user in session.execute(_silent(before))}
    for user in here(silent):
        del silent[user]
    if not silent:
        return 0
    with db.transaction() as session:
        still = select(Conversation.id).where(Conversation.id.in_(silent.values()), Conversation.last_seq == 0)
        deletion.delete_rows(session, Conversation, session.scalars(still.with_for_update()).all())
    return deletion.delete_users_without_conversation(list(silent))


def _delete_conversations(before: datetime) -> tuple[int, int]:
    """How many conversations, and how many visitors who were in no other one."""
    with db.reading() as session:
        old = select(Conversation.id).where(Conversation.updated_at < before, Conversation.last_seq > 0)
        ids = list(session.scalars(old.order_by(Conversation.updated_at).limit(CONVERSATIONS)))
    visitors = [user for conversation in ids for user in deletion.delete_conversation(conversation)]
    return len(ids), deletion.delete_users_without_conversation(visitors)
