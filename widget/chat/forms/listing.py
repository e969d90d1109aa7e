"""The list of what was answered to a named form, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from widget import db
from widget.chat.messages import answers
from widget.chat.messages.content import Content
from widget.models import FormAnswer, Message

PAGE = 50

Place = tuple[datetime, str]
"""When an answer was given, and the id of its message: where a page ends."""


class Page(NamedTuple):
    """Some answers, newest first, and the place after which the next ones follow."""

    answers: list[Message]
    next: Place | None


def counts() -> dict[str, int]:
    """How often each name was answered that was, also of forms that are gone."""
    with db.reading() as session:
        rows = session.execute(select(FormAnswer.form, func.count()).group_by(FormAnswer.form))
        return dict(sorted(rows.tuples()))


def page(name: str, after: Place | None = None, most: int = PAGE) -> Page:
    """The answers to a form, newest first, after a place; those whose message was deleted are not among them."""
    query = _answers(name)
    if after is not None:
        at, message_id = after
        earlier = and_(FormAnswer.created_at == at, FormAnswer.message_id < message_id)
        query = query.where(or_(FormAnswer.created_at < at, earlier))
    with db.reading() as session:
        found = list(session.scalars(query.limit(most + 1)))
    last = found[most - 1] if len(found) > most else None
    return Page(found[:most], (last.created_at, last.id) if last else None)


def every(name: str) -> Iterator[Message]:
    """All answers to a form, newest first, read a part at a time."""
    place = None
    while True:
        part = page(name, place, 500)
        yield from part.answers
        place = part.next
        if place is None:
            return


def _answers(name: str) -> Select[Message]:
    return (
        select(Message)
        .join(FormAnswer, FormAnswer.message_id == Message.id)
        .where(FormAnswer.form == name, Message.deleted_at.is_(None))
        .order_by(FormAnswer.created_at.desc(), FormAnswer.message_id.desc())
        .options(joinedload(Message.sender))
    )


def shown(form: Content | None, values: dict[str, Any]) -> list[tuple[str, str]]:
    """An answer as people read it: label and value; what the form does not ask any more stands under its name."""
    fields = {field["name"]: field for field in (form or {}).get("fields", [])}
    asked = [
        (field["label"], answers.shown(field, values[name]))
        for name, field in fields.items()
        if name in values and answers.fits(field, values[name])
    ]
    others = (name for name, value in values.items() if name not in fields or not answers.fits(fields[name], value))
    return asked + [(name, str(values[name])) for name in others]
