"""One history: the messages of all conversations of a person with the team, in the order of time. For the team's eyes;
each conversation stays one of its own, and is answered there."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, or_, select

from widget import db
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations import visibility
from widget.chat.conversations.views import ConversationView
from widget.chat.messages import history, notes
from widget.chat.messages.loading import WITH_RELATED
from widget.chat.users import merging
from widget.models import Conversation, Member, Message, User


class Page(NamedTuple):
    """A page of it, the oldest message first."""

    messages: list[tuple[Message, ConversationView]]
    """Each with the conversation it stands in."""
    older: bool
    """Whether there are messages before it."""


def page(agent: User, visitor: User, before: str | None = None) -> Page:
    """The newest messages of a visitor, and of all who are taken for the same person, or those before a message.

    Raises Forbidden to visitors, and NotFound for a message that is not there.
    """
    notes.require_team(agent)
    upto = history.get(agent, before)[0] if before else None
    with db.reading() as session:
        everybody = [it.id for it in merging.same_person(session, session.get(User, visitor.id))]
        theirs = select(Member.conversation_id).where(Member.user_id.in_(everybody))
        own = conversation_views.query(agent).where(Conversation.id.in_(theirs), Conversation.kind == "direct")
        found = {it.conversation.id: it for it in conversation_views.read(session, agent, own)}
        if not found:
            return Page([], False)
        query = select(Message).where(or_(*(visibility.visible_to(it.me) for it in found.values())))
        if upto is not None:
            same_time = and_(Message.created_at == upto.created_at, Message.id < upto.id)
            query = query.where(or_(Message.created_at < upto.created_at, same_time))
        newest = query.order_by(Message.created_at.desc(), Message.id.desc()).limit(history.PAGE + 1)
        messages = list(session.scalars(newest.options(*WITH_RELATED)))
    shown = messages[: history.PAGE][::-1]
    return Page([(it, found[it.conversation_id]) for it in shown], len(messages) > history.PAGE)
