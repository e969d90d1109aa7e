"""Membership: who is a member of a conversation, and for whom an agent acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.util import identity_key

from widget import db
from widget.chat.errors import Forbidden, NotFound
from widget.i18n import _
from widget.models import Conversation, Member, User, stored, table_of
from widget.prepared import Prepared

TEAM_ID = "team"
"""The user that stands for the site's team; the first migration makes it. It is a member of every conversation."""


# Statements that every message needs are put together once: that is half of what a small one costs.
_row = table_of(Conversation)
_LOCK = Prepared(select(_row).where(_row.c.id == bindparam("id")).with_for_update())
_LOCK_AGAIN = (
    select(Conversation)
    .where(Conversation.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_MEMBERS = (
    select(Member)
    .where(Member.conversation_id == bindparam("id"))
    .options(joinedload(Member.user))
    .order_by(Member.joined_at, Member.id)
)
AGENT_IDS = select(User.id).where(User.team_id == TEAM_ID, User.removed_at.is_(None))
_PEOPLE_IDS = AGENT_IDS.where(User.kind == "agent")


class Reader(NamedTuple):
    """Somebody whose tabs show something, in their own language."""

    user_id: str
    locale: str | None


def is_own(user: User) -> ColumnElement[bool]:
    """Whether a member is this user, or for an agent the team.

    The team stands in the statement itself: it is in all conversations. When a statement has come ten times PostgreSQL
    makes one plan for whoever is asked for, and that begins with the few conversations that somebody has.
    """
    is_team = user.principal_id == TEAM_ID
    return Member.user_id == bindparam("own", user.principal_id, unique=True, literal_execute=is_team)


def start_with_team(session: Session, visitor: User) -> str:
    """Open a conversation of a visitor with the site's team alone; returns its id."""
    conversation = Conversation(kind="direct")
    session.add(conversation)
    session.flush()
    session.add_all(Member(conversation_id=conversation.id, user_id=user_id) for user_id in (visitor.id, TEAM_ID))
    return conversation.id


def member_of(session: Session, user: User, conversation_id: str) -> Member:
    """The member that `user` has, or had; raises NotFound alike for none and for no such conversation."""
    return member_and_all(session, user, conversation_id)[0]


def member_and_all(session: Session, user: User, conversation_id: str) -> tuple[Member, list[Member]]:
    """The member that `user` has or had, and all members, also of those who left; raises NotFound like `member_of`."""
    members = members_of(session, conversation_id)
    return own_of(members, user), members


def own_of(members: list[Member], user: User) -> Member:
    """Of all members of a conversation the one that `user` is or was; raises NotFound like `member_of`."""
    own = next((member for member in members if member.user_id == user.principal_id), None)
    if own is None:
        raise NotFound(_("There is no such conversation."))
    own.without_notes = user.without_notes
    return own


def members_of(session: Session, conversation_id: str) -> list[Member]:
    """All members of a conversation, also those who have left, in the order in which they joined."""
    return list(session.scalars(_MEMBERS, {"id": conversation_id}))


def require_present(member: Member) -> None:
    """Raise Forbidden for somebody who has left: they keep the messages until then, and nothing else."""
    if member.left_at is not None:
        raise Forbidden(_("You are no longer in this conversation."))


def lock(session: Session, conversation_id: str) -> Conversation:
    """The row of a conversation, locked until the transaction ends: its changes happen one after the other.

    What is read after this is as the last change left it. Whoever changes something that a list shows raises
    `revision`. Raises NotFound like `member_of`.
    """
    if len(session.identity_map) and identity_key(Conversation, conversation_id) in session.identity_map:
        return session.scalars(_LOCK_AGAIN, {"id": conversation_id}).one()
    rows = _LOCK.execute(db.connection_of(session), {"id": conversation_id})
    if not rows:
        raise NotFound(_("There is no such conversation."))
    conversation = stored(Conversation, iter(rows[0]))
    session.add(conversation)
    return conversation


def audience(member: Member) -> list[str]:
    """The ids of the users whose tabs show what this member sees: every agent for the team, else one."""
    return agent_ids() if member.user_id == TEAM_ID else [member.user_id]


def agent_ids() -> list[str]:
    """The ids of everybody who answers for the team, bots too."""
    with db.reading() as session:
        return list(session.scalars(AGENT_IDS))


def people_ids() -> list[str]:
    """The ids of the people who answer for the team: who can be here, and be called."""
    with db.reading() as session:
        return list(session.scalars(_PEOPLE_IDS))


def readers(user_ids: Iterable[str]) -> list[Reader]:
    """These users, with the languages that they read."""
    with db.reading() as session:
        return [Reader(*row) for row in session.execute(select(User.id, User.locale).where(User.id.in_(set(user_ids))))]


def contacts_of(user_ids: Iterable[str]) -> dict[str, set[str]]:
    """For each of these users the members (by user id) of a conversation with them in which there are messages."""
    own, other = aliased(Member), aliased(Member)
    contacts: dict[str, set[str]] = defaultdict(set)
    with db.reading() as session:
        rows = session.execute(
            select(own.user_id, other.user_id)
            .join(Conversation, Conversation.id == own.conversation_id)
            .join(other, other.conversation_id == own.conversation_id)
            .where(own.user_id.in_(list(user_ids)), Conversation.last_seq > 0, other.user_id != own.user_id)
            .where(own.left_at.is_(None), other.left_at.is_(None))
            .distinct()
        )
        for user_id, companion in rows:
            contacts[user_id].add(companion)
    return contacts
