"""Canned answers: texts that agents insert by a short name; shared by all, or one's own."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit
from widget.chat.errors import Conflict, NotFound, Unprocessable
from widget.chat.messages import notes
from widget.i18n import _
from widget.models import BODY_LIMIT, CannedAnswer, User

SHORT_LIMIT = 40
TEXT_LIMIT = BODY_LIMIT

_SHORT = re.compile(r"[\w-]{1,40}")


def list_for(user: User, q: str = "") -> list[CannedAnswer]:
    """Those that an agent may insert, the most used first; with `q` those in which it occurs.

    Raises Forbidden to visitors, as everything here does.
    """
    notes.require_team(user)
    with db.reading() as session:
        query = select(CannedAnswer).where(_mine(user))
        if q:
            text = q.lower()
            columns = (CannedAnswer.short, CannedAnswer.text)
            query = query.where(or_(*(func.lower(it).contains(text, autoescape=True) for it in columns)))
        return list(session.scalars(query.order_by(CannedAnswer.uses.desc(), CannedAnswer.short)))


def create(user: User, short: str, text: str, shared: bool = True) -> CannedAnswer:
    """A new one; raises Unprocessable for an empty text or a short name of several words, Conflict for one there is."""
    notes.require_team(user)
    with db.transaction() as session:
        answer = CannedAnswer(short="", text="", uses=0, owner_id=None if shared else user.id)
        _write(session, answer, user, short, text)
        session.add(answer)
        session.flush()
        audit.record(session, user, "canned.create", answer.id, short=[None, answer.short])
    return answer


def change(
    user: User, answer_id: str, short: str | None = None, text: str | None = None, shared: bool | None = None
) -> CannedAnswer:
    """Another name or text; raises like `create`, and NotFound for a colleague's own."""
    notes.require_team(user)
    with db.transaction() as session:
        answer = _find(session, user, answer_id)
        before = answer.short
        if shared is not None:
            answer.owner_id = None if shared else user.id
        _write(session, answer, user, answer.short if short is None else short, answer.text if text is None else text)
        audit.record(session, user, "canned.change", answer.id, short=[before, answer.short])
    return answer


def remove(user: User, answer_id: str) -> None:
    """Throw one away; raises NotFound."""
    notes.require_team(user)
    with db.transaction() as session:
        answer = _find(session, user, answer_id)
        session.delete(answer)
        audit.record(session, user, "canned.remove", answer_id, short=[answer.short, None])


def count_use(user: User, answer_id: str) -> None:
    """Note that one was inserted; raises NotFound."""
    notes.require_team(user)
    with db.transaction() as session:
        _find(session, user, answer_id).uses += 1


def _mine(user: User) -> ColumnElement[bool]:
    return or_(CannedAnswer.owner_id.is_(None), CannedAnswer.owner_id == user.id)


def _find(session: Session, user: User, answer_id: str) -> CannedAnswer:
    answer = session.scalar(select(CannedAnswer).where(CannedAnswer.id == answer_id, _mine(user)).with_for_update())
    if answer is None:
        raise NotFound(_("There is no such canned answer."))
    return answer


def _write(session: Session, answer: CannedAnswer, user: User, short: str, text: str) -> None:
    if not _SHORT.fullmatch(short):
        raise Unprocessable(_("short must be one word of letters, digits and hyphens."))
    if not text.strip():
        raise Unprocessable(_("A canned answer needs some text."))
    same = select(CannedAnswer.id).where(func.lower(CannedAnswer.short) == short.lower(), _mine(user))
    with session.no_autoflush:
        if session.scalar(same.where(CannedAnswer.id != (answer.id or ""))) is not None:
            raise Conflict(_("There is a canned answer “%(short)s” already.", short=short))
    answer.short, answer.text = short, text
