"""The rows of a new message: itself, how far its conversation has come, and the note that it is to be published.

By plain statements, put together once: the session's own way of finding out what is to be written costs several times
as much. PostgreSQL, which each statement takes a round trip to, is told all in one; SQLite knows no such statement, and
is in this process.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, Update, bindparam, insert, update
from sqlalchemy.orm import Session

from widget import db
from widget.models import Conversation, Message, Outbox, table_of

_message, _outbox, _conversation = (table_of(it) for it in (Message, Outbox, Conversation))


def _named(table: Table) -> dict[str, Any]:
    """A value for each column, under a name that no other table's has."""
    return {column.key: bindparam(f"{table.name}_{column.key}", type_=column.type) for column in table.columns}


_COUNTED = ("last_seq", "public_seq", "listed_seq", "revision", "updated_at")
"""What a message changes in its conversation."""

_INSERT = insert(_message).values(_named(_message))
_NOTE = insert(_outbox).values(_named(_outbox))
_counted = {name: value for name, value in _named(_conversation).items() if name in _COUNTED}
_COUNT = update(_conversation).where(_conversation.c.id == bindparam("messages_conversation_id")).values(_counted)


def _all_at_once() -> Update:
    return _COUNT.add_cte(_INSERT.cte("message"), _NOTE.cte("note"))


_ALL = _all_at_once()


def insert_message(session: Session, conversation: Conversation, columns: dict[str, Any]) -> None:
    """Write a message, all of whose columns are given, and what `conversation`, which is locked, has become by it."""
    note = {"message_id": columns["id"], "version": 0, "first": True, "created_at": columns["created_at"]}
    values = {f"messages_{name}": value for name, value in columns.items()}
    values |= {f"outbox_{name}": value for name, value in note.items()}
    values |= {f"conversations_{name}": getattr(conversation, name) for name in _COUNTED}
    connection = session.connection()
    for statement in (_COUNT, _INSERT, _NOTE) if db.is_sqlite() else (_ALL,):
        connection.execute(statement, values)
