"""Proved addresses: a visitor has given a code that was mailed to one. The conversations of those whom the team takes
for the same person, and knows by that very address, are then shown to this visitor, to be read.

Nothing is copied: it is seen for as long as the team says that they are one, and that the address is theirs.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from widget import db
from widget.chat import events
from widget.chat.conversations import views
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import NotFound
from widget.chat.search import index
from widget.chat.users import merging
from widget.i18n import _
from widget.models import User


def normal(address: str) -> str:
    """An address as two of them are compared."""
    return address.strip().lower()


def opens_something(visitor: User, address: str) -> bool:
    """Whether there is anything that a proof of this address would show to a visitor."""
    with db.reading() as session:
        return bool(_others(session, visitor, address))


def prove(user_id: str, address: str) -> User:
    """The address is a visitor's, and theirs from now on unless the team knows another one."""
    with db.transaction() as session:
        visitor = session.get(User, user_id, with_for_update=True)
        if visitor is None or visitor.removed_at is not None:
            raise NotFound(_("There is nobody of this id."))
        visitor.proved_email = normal(address)
        if "email" not in visitor.corrected_fields:
            visitor.email = visitor.proved_email
            index.put_user(session, visitor)
        concerned = [it.id for it in merging.same_person(session, visitor)]
    events.people_changed.send(concerned)
    return visitor


def earlier(visitor: User) -> list[tuple[User, ConversationView]]:
    """The conversations with the team that a visitor's proof shows, each with whose it is; the newest first."""
    if visitor.proved_email is None:
        return []
    with db.reading() as session:
        others = _others(session, visitor, visitor.proved_email)
    found = [(other, view) for other in others for view in views.list_for(other)]
    # Not their groups: others have spoken there, who know nothing of this.
    alone = [it for it in found if it[1].conversation.kind == "direct" and it[1].conversation.public_seq]
    return sorted(alone, key=lambda it: it[1].conversation.updated_at, reverse=True)


def owner_of(visitor: User, conversation_id: str) -> User:
    """Whose conversation this is that a visitor's proof shows; raises NotFound for every other one."""
    for owner, view in earlier(visitor):
        if view.conversation.id == conversation_id:
            return owner
    raise NotFound(_("There is no such conversation."))


def _others(session: Session, visitor: User, address: str) -> list[User]:
    same = merging.same_person(session, session.get(User, visitor.id))
    return [it for it in same if it.id != visitor.id and it.email and normal(it.email) == normal(address)]
