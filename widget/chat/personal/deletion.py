"""Deletion: rows together with all that cannot be without them. The sweeper throws the files away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ForeignKey, Table, delete, select, update
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.messages import content
from widget.chat.users import tokens
from widget.models import Attachment, Base, Conversation, Member, Message, User, now

STEP = 100
"""How many messages are deleted at a time: while SQLite writes, everybody waits."""


def delete_rows(session: Session, model: type[Base], ids: Sequence[Any]) -> None:
    """Delete rows by their keys, before them what belongs to them; what only mentions them mentions nothing then."""
    db.overwrite_deleted(session)
    _delete(session, cast(Table, model.__table__), ids)


def _delete(session: Session, table: Table, ids: Sequence[Any]) -> None:
    if not ids:
        return
    for reference in _references(table):
        column, owner = reference.parent, reference.parent.table
        if column.nullable:
            session.execute(update(owner).where(column.in_(ids)).values({column.name: None}))
        elif _references(owner):
            _delete(session, owner, session.scalars(select(*owner.primary_key).where(column.in_(ids))).all())
        else:
            session.execute(delete(owner).where(column.in_(ids)))
    session.execute(delete(table).where(next(iter(table.primary_key)).in_(ids)))


@cache
def _references(table: Table) -> list[ForeignKey]:
    tables = Base.metadata.tables.values()
    return [key for other in tables for key in other.foreign_keys if key.column.table is table]


def delete_conversation(conversation_id: str) -> list[str]:
    """Delete a conversation with all its messages, in steps; returns the ids of the visitors who were in it.

    It leaves the team's lists first. Raises NotFound when there is none.
    """
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        conversation.case_id = conversation.assignee_id = conversation.waiting_since = None
        conversation.status, conversation.snoozed_until = "resolved", None
    while _delete_messages(conversation_id, STEP):
        pass
    with db.transaction() as session:
        membership.lock(session, conversation_id)  # messages written meanwhile go with the rest
        visitors = [it.user_id for it in membership.members_of(session, conversation_id) if it.user_id != TEAM_ID]
        message_ids = list(session.scalars(select(Message.id).where(Message.conversation_id == conversation_id)))
        release_files(session, Attachment.message_id.in_(message_ids))
        session.expire_all()
        delete_rows(session, Conversation, [conversation_id])
    return visitors


def _delete_messages(conversation_id: str, most: int) -> bool:
    """Delete some messages, the newest first; whether there were any."""
    with db.transaction() as session:
        newest = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq.desc())
        rows = session.execute(newest.with_only_columns(Message.id, Message.content).limit(most)).all()
        ids = [row.id for row in rows]
        pictures = {it for row in rows for it in content.pictures(row.content)}
        release_files(session, Attachment.message_id.in_(ids))
        delete_rows(session, Message, ids)
    if pictures:
        events.pictures_dropped.send(pictures)
    return bool(ids)


def release_files(session: Session, which: Any) -> None:
    """Leave files to the sweeper, as nobody's: they go when the storage answers."""
    nobodys = {"user_id": TEAM_ID, "message_id": None, "name": "", "expires_at": now()}
    session.execute(update(Attachment).where(which).values(nobodys))


def delete_users_without_conversation(ids: Sequence[str]) -> int:
    """Delete those of these visitors who are in no conversation any more, with their sessions; returns how many."""
    nowhere = ~select(Member.id).where(Member.user_id == User.id).exists()
    which = select(User).where(User.id.in_(ids), User.kind == "visitor", nowhere).with_for_update()
    with db.transaction() as session:
        users = {user.id: user.picture for user in session.scalars(which)}
        ended = [it for user_id in users for it in tokens.revoke_all(session, user_id)]
        release_files(session, Attachment.user_id.in_(users))
        delete_rows(session, User, list(users))
    tokens.announce(ended)
    if pictures := {it for it in users.values() if it}:
        events.pictures_dropped.send(pictures)
    return len(users)
