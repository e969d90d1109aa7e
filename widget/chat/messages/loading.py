"""What is read along with a message that is to be shown."""

from __future__ import annotations

from sqlalchemy.orm import joinedload, selectinload

from widget.models import Message, MessageLink, Reaction

WITH_RELATED = (
    joinedload(Message.sender),
    joinedload(Message.attachment),
    joinedload(Message.link).joinedload(MessageLink.preview),
    joinedload(Message.original).joinedload(Message.sender),
    joinedload(Message.original).joinedload(Message.attachment),
    selectinload(Message.reactions).joinedload(Reaction.user),
    joinedload(Message.call),
)
"""What is loaded along with a message that is to be shown."""
