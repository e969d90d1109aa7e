"""Events of mesibo's webhook: stored as they came, each once, and read by the process with the lease.

The fields of a message's event are not documented. So they are read here and nowhere else, and tolerantly: each may
stand in the event or in its `message` object. What cannot be read stays in the table as `unread`.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from widget import db
from widget.mesibo.transports.base import (
    InboundEvent,
    MesiboFile,
    MessageChanged,
    MessageReceived,
    PresenceReceived,
    ReceiptReceived,
)
from widget.models import MesiboEvent

BATCH = 100

DELIVERED, READ, DELETED, WIPED = 2, 3, 0x21, 0x22
"""mesibo's status numbers that say what became of a message (the vendor's header)."""

_log = logging.getLogger(__name__)

Fields = dict[str, Any]


def store(request: Fields) -> int:
    """Store the events of a request that was authenticated; returns how many are new. Raises ValueError without any."""
    events = request.get("events")
    if not isinstance(events, list):
        raise ValueError("there are no events")
    about = json.dumps([request.get("id"), request.get("aid"), request.get("ts")])
    new_events = 0
    with db.transaction() as session:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        for position, event in enumerate(events):
            body = json.dumps(event, ensure_ascii=True, sort_keys=True)
            digest = hashlib.sha256(f"{about}\n{position}\n{body}".encode()).hexdigest()
            values = {"digest": digest, "body": body, "state": "waiting"}
            statement = insert(MesiboEvent).values(values).on_conflict_do_nothing().returning(MesiboEvent.id)
            new_events += session.execute(statement).first() is not None
    return new_events


def pending() -> Iterator[InboundEvent]:
    """The stored events that can be understood, in order. Each counts as read when the next is asked for, so that
    nothing is lost when the process ends in between.
    """
    with db.reading() as session:
        query = select(MesiboEvent.id, MesiboEvent.body).where(MesiboEvent.state == "waiting")
        rows = session.execute(query.order_by(MesiboEvent.id).limit(BATCH)).all()
    for number, body in rows:
        event = parse_event(json.loads(body))
        if event is None:
            _log.warning("event %d of mesibo's webhook cannot be read; it stays in the table mesibo_events", number)
        else:
            yield event
        done: Fields = {"state": "unread"} if event is None else {"state": "read", "body": ""}
        with db.transaction() as session:
            session.execute(update(MesiboEvent).where(MesiboEvent.id == number).values(**done))


def parse_event(event: object) -> InboundEvent | None:
    """What an event means; None when that cannot be told."""
    if not isinstance(event, dict):
        return None
    if event.get("type") == "user":
        return _user(event)
    if event.get("type") != "message":
        return None
    inner = event.get("message")
    fields: Fields = {**event, **inner} if isinstance(inner, dict) else event
    text = fields.get("message")
    origin, mid, status = _address(fields.get("from")), _number(fields.get("mid")), _number(fields.get("status"))
    if mid is None:
        return None
    if status in (DELIVERED, READ) and not isinstance(text, str):
        return ReceiptReceived(mid, "read" if status == READ else "delivered")
    if not origin:
        return None
    if status in (DELETED, WIPED):
        return MessageChanged(origin, mid, None)
    file = MesiboFile(str(fields["url"])) if fields.get("url") else None
    if not isinstance(text, str) and file is None:
        return None
    return MessageReceived(
        origin=origin,
        mid=mid,
        text=text if isinstance(text, str) else "",
        gid=_number(fields.get("gid")) or 0,
        to=_address(fields.get("to")),
        file=file,
    )


def _user(event: Fields) -> InboundEvent | None:
    """A user connected or disconnected: the one event whose fields are documented."""
    user, status = event.get("user"), event.get("status")
    origin = _address(user)
    return PresenceReceived(origin, str(status)) if origin and status in ("online", "offline") else None


def _address(value: object) -> str:
    """An address, which may stand alone or in an object of its own."""
    if isinstance(value, dict):
        value = value.get("address")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> int | None:
    """A whole number that a database can keep; numbers may come as their digits."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) < 20:
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if fits else None  # type: ignore[return-value]
