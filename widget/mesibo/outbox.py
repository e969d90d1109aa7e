"""The outbox: messages, and changes of messages, on their way to the agents' mesibo apps; in order, each once.

An entry is `waiting`; then it is noted as `handing` before it is handed over, and as `sent` with the number that mesibo
knows it by before the next one follows. One that is still `handing` when a process gets the lease becomes `perhaps`: it
may have left, which is looked up before it is sent again. Such an entry holds up its conversation, and no other.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.chat.conversations import membership
from widget.chat.events import message_changed
from widget.chat.messages import sending
from widget.chat.messages.loading import WITH_RELATED
from widget.models import Conversation, Member, MesiboMessage, MesiboOutbox, Message, now

UNSETTLED = ("waiting", "handing", "perhaps")
"""The states of what has not left for certain."""


class Entry(NamedTuple):
    """Something that is to leave, with its message as it is now."""

    number: int
    version: int
    """0 for the message itself, else a change of it."""
    message: Message
    conversation: Conversation
    """With its members and their users."""
    mid: int | None
    """The number that it was, or is to be, handed over under; None where mesibo gives one."""
    known_as: int | None
    """mesibo's number of the message, if it is there already: what a change refers to."""
    reply_to: int | None
    """mesibo's number of the message that this one answers, if it is there."""
    handed_at: datetime | None
    """When it was handed over last."""


def next_waiting(held_up: Collection[str]) -> Entry | None:
    """The oldest entry that has not left, of a conversation that is not held up; None when there is none."""
    free = Message.conversation_id.not_in(held_up)
    with db.reading() as session:
        row = session.execute(_entries(MesiboOutbox.state == "waiting", free).limit(1)).first()
        return _entry(session, row[0], row[1]) if row else None


def in_doubt() -> list[Entry]:
    """The entries that have perhaps left, oldest first."""
    with db.reading() as session:
        rows = session.execute(_entries(MesiboOutbox.state.in_(("handing", "perhaps")))).all()
        return [_entry(session, row[0], row[1]) for row in rows]


def _entries(*which: ColumnElement[bool]) -> Select[MesiboOutbox, Message]:
    query = select(MesiboOutbox, Message).join(Message, Message.id == MesiboOutbox.message_id).where(*which)
    return query.options(*WITH_RELATED).order_by(MesiboOutbox.id)


def _entry(session: Session, row: MesiboOutbox, message: Message) -> Entry:
    members = joinedload(Conversation.members).joinedload(Member.user)
    conversation = session.get_one(Conversation, message.conversation_id, options=[members])
    known_as = number_of(session, message.id)
    reply_to = number_of(session, message.reply_to) if message.reply_to else None
    return Entry(row.id, row.version, message, conversation, row.mid, known_as, reply_to, row.handed_at)


def number_of(session: Session, message_id: str) -> int | None:
    """mesibo's number of a message, the first one if it has several (a long one, or one that was changed)."""
    return session.scalar(
        select(MesiboMessage.mid)
        .join(
            MesiboOutbox,
            (MesiboOutbox.message_id == MesiboMessage.message_id) & (MesiboOutbox.mid == MesiboMessage.mid),
            isouter=True,
        )
        .where(MesiboMessage.message_id == message_id)
        .order_by(func.coalesce(MesiboOutbox.version, 0))
        .limit(1)
    )


def hand_over(entry: Entry, numbered: bool) -> int | None:
    """Note that an entry is being handed over; returns the number that it gets, when it is to be `numbered` by us.

    An entry that was handed over before keeps its number. Raises LookupError when it is not waiting any more.
    """
    mid = entry.mid if entry.mid is not None or not numbered else secrets.randbelow(2**31 - 1) + 1
    with db.transaction() as session:
        marked = session.execute(
            update(MesiboOutbox)
            .where(MesiboOutbox.id == entry.number, MesiboOutbox.state.in_(("waiting", "perhaps")))
            .values(state="handing", mid=mid, handed_at=now())
            .returning(MesiboOutbox.id)
        ).first()
    if marked is None:
        raise LookupError(f"entry {entry.number} is handed over by somebody else")
    return mid


def mark_sent(entry: Entry, origin: str = "", mid: int | None = None) -> None:
    """Note that an entry has left, from the address `origin`, and which number mesibo gave it, if any.

    It left as the message was then, so changes up to that are told with it.
    """
    with db.transaction() as session:
        earlier = update(MesiboOutbox).where(
            MesiboOutbox.message_id == entry.message.id, MesiboOutbox.version <= entry.message.version
        )
        session.execute(earlier.where(MesiboOutbox.state == "waiting").values(state="sent", sent_at=now()))
        this = update(MesiboOutbox).where(MesiboOutbox.id == entry.number)
        session.execute(this.values(state="sent", sent_at=now(), mid=mid, reason=None))
        there = select(Message.id).where(Message.id == entry.message.id).with_for_update(read=True)
        if mid is None or session.scalar(there) is None:  # it was erased on its way
            return
        if session.get(MesiboMessage, (origin, mid)) is None:
            session.add(MesiboMessage(origin=origin, mid=mid, message_id=entry.message.id))


def put_back(entry: Entry) -> None:
    """Note that an entry has surely not left: it waits again, and keeps its place."""
    _set_state(entry.number, "waiting")


def mark_in_doubt(entry: Entry | None = None) -> None:
    """Note that an entry (without one: each that was being handed over) has perhaps left."""
    _set_state(entry.number if entry else None, "perhaps")


def _set_state(number: int | None, state: str) -> None:
    with db.transaction() as session:
        which = MesiboOutbox.state == "handing" if number is None else MesiboOutbox.id == number
        session.execute(update(MesiboOutbox).where(which).values(state=state))


def mark_failed(entry_number: int, reason: str) -> None:
    """Note that mesibo refuses an entry, and why; the agents see it at the message."""
    with db.transaction() as session:
        failed = session.execute(
            update(MesiboOutbox)
            .where(MesiboOutbox.id == entry_number, MesiboOutbox.state != "failed")
            .values(state="failed", reason=reason[:200])
            .returning(MesiboOutbox.message_id, MesiboOutbox.version)
        ).first()
        if failed is None:
            return
        message_id = failed.message_id
        conversation = membership.lock(session, session.get_one(Message, message_id).conversation_id)
        message = session.get_one(Message, message_id, populate_existing=True)
        if failed.version == 0:
            message.external_error = reason[:200]
        first = sending.mark_changed(session, conversation, message)
    message_changed.send(message_id, first=first)


def entry_of(mid: int) -> int:
    """The number of the entry that left last under this number of mesibo's; 0, which none has, when none did."""
    with db.reading() as session:
        return (
            session.scalar(
                select(MesiboOutbox.id).where(MesiboOutbox.mid == mid).order_by(MesiboOutbox.id.desc()).limit(1)
            )
            or 0
        )


def count_waiting() -> int:
    """How many entries have not left yet."""
    with db.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(MesiboOutbox).where(MesiboOutbox.state.in_(UNSETTLED))) or 0
        )


def latest_dialogs(limit: int) -> list[str]:
    """The ids of the conversations of which something left last, newest first."""
    with db.reading() as session:
        newest = func.max(MesiboOutbox.id)
        query = select(Message.conversation_id).join(MesiboOutbox, MesiboOutbox.message_id == Message.id)
        query = query.where(MesiboOutbox.state.in_(("sent", "perhaps")))
        return list(session.scalars(query.group_by(Message.conversation_id).order_by(newest.desc()).limit(limit)))
