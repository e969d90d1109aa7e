"""Corrections: the team's word for a visitor's name and e-mail address, which holds whatever their page says later."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.errors import NotFound
from widget.chat.messages import notes
from widget.chat.search import index
from widget.chat.users import merging, names, visitors
from widget.i18n import _
from widget.models import User

FIELDS = ("name", "email")
"""What can be corrected. The id is not among them: the site vouches for it, or nobody does."""


def correct(by: User, user_id: str, given: Mapping[str, str | None]) -> User:
    """Put in place what is given of FIELDS; None forgets it, and then the visitor's own word counts again.

    Raises Forbidden to visitors, and NotFound.
    """
    notes.require_team(by)
    with db.transaction() as session:
        visitor = session.get(User, user_id, with_for_update=True)
        if visitor is None or visitor.kind != "visitor" or visitor.removed_at is not None:
            raise NotFound(_("There is no visitor of this id."))
        concerned = [it.id for it in merging.same_person(session, visitor)]
        changed = [field for field in FIELDS if field in given and _put(session, visitor, field, given[field])]
        if changed:
            index.put_user(session, visitor)
            # Not what it was and is: that is to be erased with the visitor, and the audit stays.
            audit.record(session, by, "person.correct", user_id, fields=", ".join(changed))
    if changed:
        events.user_changed.send(user_id)
        events.people_changed.send(concerned)
    return visitor


def _put(session: Session, visitor: User, field: str, value: str | None) -> bool:
    """Whether that changed something."""
    shown = value
    if field == "name":
        shown = names.of_visitor(session, value) if value else visitors.name_on_arrival(visitor)
    if shown == getattr(visitor, field):
        return False
    setattr(visitor, field, shown)
    kept = set(visitor.corrected_fields) - {field} | ({field} if value else set())
    visitor.corrected = " ".join(sorted(kept)) or None
    return True
