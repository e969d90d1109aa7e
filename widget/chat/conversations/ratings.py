"""Ratings: what the visitor thought of a case, asked once when it is resolved, by a line in the conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events, team_settings
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Conflict, Forbidden, NotFound, Unprocessable
from widget.chat.messages import sending, system
from widget.chat.messages.history import visible
from widget.i18n import _
from widget.models import SYSTEM_KINDS, Case, Conversation, Member, Message, User, now

PAUSE = timedelta(days=30)
"""How long nobody is asked again who was."""

COMMENT_LIMIT = 1000

ASKED = "rating-asked"


def are_wanted() -> bool:
    """Whether agents' resolving asks for a rating, unless they say otherwise."""
    return bool(team_settings.load("ratings")["ask"])


def ask(session: Session, conversation: Conversation, case: Case, at: datetime) -> list[Message]:
    """Ask for a rating of a case that was just resolved, in a conversation that is locked; returns the line that does.

    None when nobody of the team has answered, in a group, or when this visitor was asked a short time ago.
    """
    if case.rating_asked or conversation.kind != "direct":
        return []
    me = membership.member_of(session, User(id=TEAM_ID), conversation.id)
    if not _was_answered(session, case, me):
        return []
    lately = select(Case.id).where(Case.conversation_id == conversation.id, Case.rating_asked)
    # Asked at the latest when it was resolved last, however long ago it began.
    asked_lately = or_(Case.resolved_at.is_(None), Case.resolved_at > at - PAUSE)
    if session.scalar(lately.where(asked_lately, Case.id != case.id).limit(1)):
        return []
    case.rating_asked = True
    return [system.append(session, conversation, me, me.user, ASKED, case=case.id)]


def _was_answered(session: Session, case: Case, team: Member) -> bool:
    """Whether something of the team's, a person's or a bot's, follows the first words of the visitor in this case."""
    words = and_(
        Message.conversation_id == case.conversation_id,
        Message.created_at >= case.opened_at,
        Message.kind.not_in(SYSTEM_KINDS),
        Message.private.is_(False),
    )
    asked = select(func.min(Message.seq)).where(words, Message.member_id != team.id).scalar_subquery()
    answer = select(Message.id).where(words, Message.member_id == team.id, Message.seq > asked)
    return session.scalar(answer.limit(1)) is not None


def rate(user: User, message_id: str, score: int, comment: str) -> None:
    """Rate the case that this line asks about, from 1 (very poor) to 5 (very good), as its visitor.

    Raises NotFound, Forbidden to the team, Unprocessable for no such score, Conflict when it was rated before.
    """
    if not 1 <= score <= 5:
        raise Unprocessable(_("score must be from 1 to 5."))
    if user.principal_id == TEAM_ID:
        raise Forbidden(_("Only the visitor can rate this."))
    with db.transaction() as session:
        where = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
        if where is None:
            raise NotFound(_("There is no such message."))
        conversation = membership.lock(session, where)
        line, me = visible(session, user, message_id)
        membership.require_present(me)
        case = session.get(Case, (line.params or {}).get("case")) if line.event == ASKED else None
        if case is None:
            raise NotFound(_("There is no such message."))
        if case.rating_score is not None:
            raise Conflict(_("You have rated this already; thank you."))
        case.rating_score, case.rating_comment, case.rated_at = score, comment, now()
        line.params = (line.params or {}) | {"score": score}
        first = sending.mark_changed(session, conversation, line)
        events.rating_created.send(case, session=session, conversation=conversation)
    events.message_changed.send(message_id, first=first)
    events.work_changed.send(where, listed=False)
