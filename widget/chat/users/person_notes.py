"""Person notes: what the team keeps about a visitor, for the team only. They are erased with the visitor."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.chat import audit, events
from widget.chat.errors import Conflict, NotFound, Unprocessable
from widget.chat.messages import notes
from widget.chat.users import merging
from widget.i18n import _
from widget.models import PersonNote, User, now

LIMIT = 4000
"""The longest one, in characters."""

MOST = 100
"""How many there can be about one visitor."""


def newest(by: User, visitor: User) -> list[PersonNote]:
    """All that are about a visitor, and about those who are taken for the same person, the newest first.

    Raises Forbidden to everybody who may see no notes.
    """
    notes.require_notes(by)
    with db.reading() as session:
        same = [it.id for it in merging.same_person(session, visitor)]
        query = select(PersonNote).where(PersonNote.user_id.in_(same))
        query = query.options(joinedload(PersonNote.author), joinedload(PersonNote.user))
        return list(session.scalars(query.order_by(PersonNote.created_at.desc(), PersonNote.id)))


def add(by: User, user_id: str, body: str | None) -> None:
    """Write one about a visitor.

    Raises Forbidden to visitors, NotFound, Unprocessable for one without words, and Conflict when there are too many.
    """
    notes.require_notes(by)
    with db.transaction() as session:
        concerned = _lock(session, user_id)
        about = select(func.count()).where(PersonNote.user_id == user_id)
        if session.scalar(about.select_from(PersonNote)) == MOST:
            raise Conflict(_("There can be at most %(most)s notes about a visitor; remove one first.", most=MOST))
        note = PersonNote(user_id=user_id, author_id=by.id, body=_words(body))
        session.add(note)
        session.flush()
        audit.record(session, by, "person.note", user_id, note=note.id)
    events.people_changed.send(concerned)
    _tell_mentioned(note, by)


def change(by: User, user_id: str, note_id: str, body: str | None) -> None:
    """Write one anew, whoever of the team wrote it; raises like `add`."""
    notes.require_notes(by)
    with db.transaction() as session:
        concerned = _lock(session, user_id)
        note = _find(session, user_id, note_id)
        before, note.body, note.edited_at = note.body, _words(body), now()
        audit.record(session, by, "person.note-change", user_id, note=note.id)
    events.people_changed.send(concerned)
    _tell_mentioned(note, by, before)


def remove(by: User, user_id: str, note_id: str) -> None:
    """Throw one away; raises Forbidden to visitors, and NotFound."""
    notes.require_notes(by)
    with db.transaction() as session:
        concerned = _lock(session, user_id)
        session.delete(_find(session, user_id, note_id))
        audit.record(session, by, "person.note-remove", user_id, note=note_id)
    events.people_changed.send(concerned)


def _tell_mentioned(note: PersonNote, by: User, before: str = "") -> None:
    """Announce whom a note names that is committed, and did not name before it was changed."""
    known = notes.agents_named(before, by.id)
    user_ids = [it for it in notes.agents_named(note.body, by.id) if it not in known]
    if user_ids:
        events.person_note_mentioned.send(note, author=by, user_ids=user_ids)


def _words(body: str | None) -> str:
    if not body:
        raise Unprocessable(_("There is nothing in this note."))
    return body


def _find(session: Session, user_id: str, note_id: str) -> PersonNote:
    note = session.get(PersonNote, note_id)
    if note is None or note.user_id != user_id:
        raise NotFound(_("There is no such note."))
    return note


def _lock(session: Session, user_id: str) -> list[str]:
    """So that none is written about a visitor who is being erased; the ids of all who are the same person."""
    visitor = session.get(User, user_id, with_for_update=True)
    if visitor is None or visitor.kind != "visitor" or visitor.removed_at is not None:
        raise NotFound(_("There is no visitor of this id."))
    return [it.id for it in merging.same_person(session, visitor)]
