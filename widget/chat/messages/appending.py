"""Appending: a new message becomes the next one of its conversation.

Its rows are written by plain statements, put together once: the session's own way of finding out what is to be written
costs several times as much. PostgreSQL, to which each statement is a round trip, is told all in one; SQLite knows no
such statement, and is in this process.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat.search import index
from widget.models import (
    SYSTEM_KINDS,
    Conversation,
    Member,
    Message,
    MessageSearch,
    Outbox,
    User,
    as_stored,
    new_id,
    now,
    table_of,
)
from widget.prepared import Prepared

_conversation, _message, _outbox, _search = (table_of(it) for it in (Conversation, Message, Outbox, MessageSearch))

_COUNTED = ("last_seq", "public_seq", "listed_seq", "revision", "updated_at")
"""What a message changes in its conversation."""


def _values(table: Table, *names: str) -> dict[str, Any]:
    """A value for columns of a table, or for all of them, under a name that no other table's has."""
    columns = [table.columns[name] for name in names or table.columns.keys()]
    return {column.key: bindparam(_name(table, column.key), type_=column.type) for column in columns}


@cache
def _name(table: Table, column: str) -> str:
    return f"{table.name}_{column}"


_COUNT = (
    update(_conversation)
    .where(_conversation.c.id == bindparam(_name(_message, "conversation_id")))
    .values(_values(_conversation, *_COUNTED))
)
_INSERTS = [insert(table).values(_values(table)) for table in (_message, _outbox, _search)]
_AT_ONCE = {
    found: Prepared(_COUNT.add_cte(*(it.cte(f"row_{at}") for at, it in enumerate(_INSERTS[: 3 if found else 2]))))
    for found in (False, True)
}
_ONE_BY_ONE = [Prepared(it) for it in (_COUNT, *_INSERTS)]


def append(
    session: Session,
    conversation: Conversation,
    me: Member,
    user: User,
    body: str,
    kind: str = "text",
    client_id: str | None = None,
    forwarded: bool = False,
    private: bool = False,
    event: str | None = None,
    params: dict[str, object] | None = None,
    found: bool = False,
) -> Message:
    """Add the next message to a conversation that is `locked`; the caller tells `message_changed` after the commit.

    With `found` the search finds it by its words; else whoever appends it sees to that, once it carries a file.
    """
    session.flush()
    seq, created_at = conversation.last_seq + 1, now()
    count: dict[str, Any] = {"last_seq": seq, "revision": conversation.revision + 1}
    if not private:
        count |= {"public_seq": seq, "listed_seq": seq, "updated_at": created_at}
    elif kind not in SYSTEM_KINDS:
        count["listed_seq"] = seq
    for name, value in count.items():
        set_committed_value(conversation, name, value)
    columns = {
        "id": new_id(),
        "conversation_id": conversation.id,
        "seq": seq,
        "member_id": me.id,
        "sender_id": user.id,
        "client_id": client_id or str(uuid.uuid4()),
        "kind": kind,
        "body": body,
        "event": event,
        "params": params,
        "content": None,
        "answered": None,
        "answer": None,
        "private": private,
        "reply_to": None,
        "forwarded": forwarded,
        "version": 0,
        "answered_after": None,
        "created_at": created_at,
        "edited_at": None,
        "deleted_at": None,
        "external_error": None,
    }
    message = _as_stored(session, columns, user)
    _write(session, conversation, columns, index.row(message) if found else None)
    return message


def _as_stored(session: Session, columns: dict[str, Any], sender: User) -> Message:
    """The message as its row will be; what is known already need not be asked for."""
    message = as_stored(Message(), dict(columns))
    session.add(message)
    set_committed_value(message, "sender", sender)
    set_committed_value(message, "reactions", [])
    for nothing_yet in ("original", "call", "attachment", "link"):
        set_committed_value(message, nothing_yet, None)
    return message


def _write(
    session: Session, conversation: Conversation, columns: dict[str, Any], found: dict[str, object] | None
) -> None:
    """Write a message, the note that it is to be published, perhaps what it is found by, and its conversation."""
    note = {"message_id": columns["id"], "version": 0, "first": True, "created_at": columns["created_at"]}
    values = {_name(_conversation, name): getattr(conversation, name) for name in _COUNTED}
    for table, row in ((_message, columns), (_outbox, note), (_search, found or {})):
        values |= {_name(table, name): value for name, value in row.items()}
    connection = db.connection_of(session)
    if not db.is_sqlite():
        _AT_ONCE[found is not None].execute(connection, values)
        return
    for statement in _ONE_BY_ONE[: 3 if found is None else 4]:
        statement.execute(connection, values)
