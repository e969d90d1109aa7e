"""Files that a visitor and the team have sent each other, in all the conversations of that person."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.chat.conversations import visibility
from widget.chat.messages import notes
from widget.chat.users import merging
from widget.models import IS_FILE, Attachment, Conversation, Member, Message, User

MOST = 12
"""How many are shown, the newest."""


def newest(agent: User, visitor: User) -> list[Attachment]:
    """Those in the conversations with the team alone of a visitor, and of who is taken for the same person.

    At most MOST, the newest first, each with its message; those of notes only for who may see notes. Raises Forbidden
    to visitors.
    """
    notes.require_team(agent)
    with db.reading() as session:
        same = [it.id for it in merging.same_person(session, visitor)]
        query = (
            select(Attachment)
            .join(Message, Message.id == Attachment.message_id)
            .options(joinedload(Attachment.message).joinedload(Message.sender))
            .where(Message.conversation_id.in_(_conversations(session, same)), IS_FILE)
        )
        if not visibility.reads_notes(agent):
            query = query.where(Message.private.is_(False))
        return list(session.scalars(query.order_by(Message.created_at.desc(), Message.id).limit(MOST)))


def concerned(conversation_id: str) -> list[str]:
    """The ids of the visitor of a conversation with the team alone, and of who is the same person; none for a group."""
    with db.reading() as session:
        member = select(User).join(Member, Member.user_id == User.id).join(Conversation)
        member = member.where(Member.conversation_id == conversation_id, Conversation.kind == "direct")
        visitor = session.scalar(member.where(User.kind == "visitor"))
        return [it.id for it in merging.same_person(session, visitor)]


def _conversations(session: Session, user_ids: list[str]) -> list[str]:
    theirs = select(Conversation.id).join(Member, Member.conversation_id == Conversation.id)
    return list(session.scalars(theirs.where(Member.user_id.in_(user_ids), Conversation.kind == "direct")))
