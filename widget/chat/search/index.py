"""Keeps the search index: written in the transaction of what it is about, and in steps for what was there before."""

from __future__ import annotations

from zlib import crc32

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.models import SYSTEM_KINDS, Message, MessageSearch, User, UserSearch
from widget.text.folding import fold

STEP = 25
"""How many old rows are indexed at a time: while SQLite writes, everybody waits."""

_ADD_MESSAGE = insert(MessageSearch)
_ADD_USER = insert(UserSearch)


def runs(folded: str) -> list[int]:
    """The numbers of all runs of three characters: what PostgreSQL indexes, and what it is asked for."""
    grams = {folded[at : at + 3] for at in range(len(folded) - 2)}
    return sorted(crc32(run.encode(errors="replace")) - 2**31 for run in grams)


def _position(row: Message | User) -> int:
    return int(row.created_at.timestamp() * 1000) << 22 | int(row.id, 16) & 0x3FFFFF


def _values(text: str) -> dict[str, object]:
    folded = f" {fold(text)} "
    return {"text": folded, "grams": None if db.is_sqlite() else runs(folded)}


def _words(message: Message) -> str:
    return f"{message.body} {message.attachment.name}" if message.attachment else message.body


def row(message: Message) -> dict[str, object]:
    """What a message is found by: the columns of its entry."""
    return _values(_words(message)) | {
        "position": _position(message),
        "message_id": message.id,
        "conversation_id": message.conversation_id,
        "private": message.private,
    }


def add_message(session: Session, message: Message) -> None:
    """Let a new message be found."""
    session.connection().execute(_ADD_MESSAGE, row(message))


def change_message(session: Session, message: Message) -> None:
    """Let a message be found by what it says now; a deleted one by nothing."""
    entry = MessageSearch.message_id == message.id
    if message.deleted_at is not None:
        session.execute(delete(MessageSearch).where(entry))
    else:
        session.execute(update(MessageSearch).where(entry).values(**_values(_words(message))))


def put_user(session: Session, user: User) -> None:
    """Let a visitor be found by name, e-mail address and ids, as they are now."""
    values = _values(" ".join(filter(None, (user.name, user.email, user.external_id, user.id))))
    changed = session.execute(update(UserSearch).where(UserSearch.user_id == user.id).values(**values))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.connection().execute(_ADD_USER, values | {"position": _position(user), "user_id": user.id})


def add_old_messages(session: Session, cursor: str) -> list[str]:
    """Index the STEP messages behind a cursor that were there before the index; returns their ids."""
    query = select(Message).where(Message.id > cursor).order_by(Message.id).limit(STEP)
    rows = list(session.scalars(query.options(joinedload(Message.attachment))))
    ids = [row.id for row in rows]
    there = set(session.scalars(select(MessageSearch.message_id).where(MessageSearch.message_id.in_(ids))))
    for row in rows:
        if row.id not in there and row.kind not in SYSTEM_KINDS and row.deleted_at is None:
            add_message(session, row)
    return ids


def add_old_users(session: Session, cursor: str) -> list[str]:
    """The same for users."""
    rows = list(session.scalars(select(User).where(User.id > cursor).order_by(User.id).limit(STEP)))
    for row in rows:
        if row.kind == "visitor":
            put_user(session, row)
    return [row.id for row in rows]
