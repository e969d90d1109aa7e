"""A visitor's own conversation with the team: everybody has one to begin with, until somebody joins it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations import membership
from widget.chat.errors import Forbidden
from widget.chat.events import direct_begun
from widget.i18n import _
from widget.models import Conversation, Member, User


def with_team(user: User) -> tuple[str, bool]:
    """The id of the visitor's conversation with the team alone, and whether it was begun just now.

    Raises Forbidden for those who are of the team.
    """
    if user.team_id:
        raise Forbidden(_("You are the team."))
    with db.transaction() as session:
        session.get(User, user.id, with_for_update=True)  # two tabs begin one
        known = _find(session, user)
        direct = known or membership.start_with_team(session, user)
    if known is None:
        direct_begun.send(direct)
    return direct, known is None


def _find(session: Session, user: User) -> str | None:
    own = select(Conversation.id).join(Member, Member.conversation_id == Conversation.id)
    found = own.where(Member.user_id == user.id, Conversation.kind == "direct")
    return session.scalar(found.order_by(Conversation.updated_at.desc(), Conversation.id).limit(1))
