"""The audit: who of the team did what, kept in the transaction that did it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.models import Audit, User

PAGE = 50


class Page(NamedTuple):
    """Some entries, newest first, and the place after which the next ones follow."""

    entries: list[Audit]
    next: tuple[datetime, str] | None


def record(session: Session, actor: User, action: str, object: str, **detail: Any) -> None:
    """Note that `actor` did something; `detail` is what changed, field by field, from what to what."""
    session.add(Audit(actor_id=actor.id, action=action, object=object, detail=detail))


def page(
    actor: str | None = None,
    action: str | None = None,
    object: str | None = None,
    after: tuple[datetime, str] | None = None,
) -> Page:
    """PAGE entries after a place, narrowed by who did it, by what was done (or how that begins), or to what."""
    query = select(Audit).options(joinedload(Audit.actor)).order_by(Audit.at.desc(), Audit.id.desc())
    if actor is not None:
        query = query.where(Audit.actor_id == actor)
    if action is not None:
        query = query.where(Audit.action.startswith(action, autoescape=True))
    if object is not None:
        query = query.where(Audit.object == object)
    if after is not None:
        query = query.where(or_(Audit.at < after[0], and_(Audit.at == after[0], Audit.id < after[1])))
    with db.reading() as session:
        found = list(session.scalars(query.limit(PAGE + 1)))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], (last.at, last.id) if last else None)
