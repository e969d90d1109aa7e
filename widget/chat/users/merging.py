"""Merging: visitors whom an agent takes for one person. Only what the team is shown changes: nothing goes from one
visitor to the other, so it can be undone, and neither of them is told."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.conversations import views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import Forbidden, NotFound, Unprocessable
from widget.chat.messages import notes
from widget.chat.search import query
from widget.i18n import _
from widget.models import Conversation, Member, User, new_id

MOST = 20
"""How many visitors can be one person."""

EARLIER = 20
"""How many other conversations of a person are shown, the newest."""


class Person(NamedTuple):
    """What else is known of a visitor's person."""

    merged: list[User]
    """The other visitors who are taken for the same one."""
    conversations: list[ConversationView]
    """The other conversations of all of them, the newest first."""


def merge(by: User, user_id: str, other_id: str, confirmed: bool) -> None:
    """Take two visitors, and all who are taken for them already, for one person.

    Raises Forbidden to visitors, NotFound, and Unprocessable for the same one twice, for too many, and for who has not
    read what it means (`confirmed`).
    """
    notes.require_team(by)
    if user_id == other_id:
        raise Unprocessable(_("That is the same visitor."))
    with db.transaction() as session:
        visitors = {it: _visitor(session, it) for it in sorted((user_id, other_id))}  # locked in one order
        one, other = visitors[user_id], visitors[other_id]
        if not confirmed:
            words = _("The team will see %(one)s and %(other)s as one person; confirm it with confirm=1.")
            raise Unprocessable(words % {"one": one.name, "other": other.name})
        if one.person_id is not None and one.person_id == other.person_id:
            return
        before = other.person_id
        one.person_id = one.person_id or before or new_id()
        other.person_id = one.person_id
        session.flush()
        if before is not None:
            session.execute(update(User).where(User.person_id == before).values(person_id=one.person_id))
        if len(same_person(session, one)) > MOST:
            raise Unprocessable(_("At most %(most)s visitors can be one person.", most=MOST))
        audit.record(session, by, "person.merge", one.id, other=other.id)
        concerned = [it.id for it in same_person(session, one)]
    events.people_changed.send(concerned)


def separate(by: User, user_id: str) -> None:
    """Take a visitor for a person of their own again; nothing happens to whom nobody merged.

    Raises Forbidden to visitors, and NotFound.
    """
    notes.require_team(by)
    with db.transaction() as session:
        visitor = _visitor(session, user_id)
        concerned = [it.id for it in same_person(session, visitor)]
        if len(concerned) < 2:
            return
        visitor.person_id = None
        audit.record(session, by, "person.separate", visitor.id)
    events.people_changed.send(concerned)


def found_for(by: User, user_id: str, question: str) -> list[User]:
    """Whom an agent finds by name, e-mail address or id to merge with a visitor; raises like `query.people`."""
    people = query.people(by, question)
    with db.reading() as session:
        same = {it.id for it in same_person(session, session.get(User, user_id))}
    return [it for it in people if it.id not in same]


def person_of(agent: User, visitor: User, conversation_id: str) -> Person:
    """What the team knows of a visitor's person besides this conversation."""
    with db.reading() as session:
        everybody = same_person(session, visitor)
        theirs = select(Member.conversation_id).where(Member.user_id.in_([it.id for it in everybody]))
        others = select(Conversation.id).where(
            Conversation.id.in_(theirs), Conversation.id != conversation_id, Conversation.case_id.is_not(None)
        )
        # All of theirs, of which there are few, and then the newest: asked for those at once, PostgreSQL would look
        # through everybody's, the newest first, until it has found enough.
        ids = list(session.scalars(others))
        newest = views.query(agent).where(Conversation.id.in_(ids))
        newest = newest.order_by(Conversation.updated_at.desc(), Conversation.id).limit(EARLIER)
        return Person([it for it in everybody if it.id != visitor.id], views.read(session, agent, newest))


def same_person(session: Session, visitor: User | None) -> list[User]:
    """Everybody, a visitor included, who is taken for the same person, the first one first."""
    if visitor is None or visitor.person_id is None:
        return [visitor] if visitor else []
    same = select(User).where(User.person_id == visitor.person_id)
    return list(session.scalars(same.order_by(User.created_at, User.id)))


def newest_conversation(visitor_id: str) -> str:
    """The id of the one in which a visitor has spoken last; raises NotFound without one."""
    spoken = select(Conversation.id).join(Member, Member.conversation_id == Conversation.id)
    spoken = spoken.where(Member.user_id == visitor_id, Conversation.case_id.is_not(None), Member.user_id != TEAM_ID)
    with db.reading() as session:
        found = session.scalar(spoken.order_by(Conversation.updated_at.desc(), Conversation.id).limit(1))
    if found is None:
        raise NotFound(_("They have not written anything yet."))
    return found


def count_conversations(people: list[User]) -> dict[str, int]:
    """In how many conversations each of these has been, that have a message."""
    with db.reading() as session:
        spoken = (
            select(Member.user_id, func.count())
            .join(Conversation, Conversation.id == Member.conversation_id)
            .where(Member.user_id.in_([it.id for it in people]), Conversation.case_id.is_not(None))
        )
        return dict(iter(session.execute(spoken.group_by(Member.user_id))))


def _visitor(session: Session, user_id: str) -> User:
    found = session.get(User, user_id, with_for_update=True)
    if found is None or found.removed_at is not None:
        raise NotFound(_("There is nobody of this id."))
    if found.kind != "visitor":
        raise Forbidden(_("Only visitors can be merged."))
    return found
