"""The tables, a room for each area. What may be done with a row stands in `chat/`."""

from widget.models.base import Base, new_id, now
from widget.models.calls import Call, Ring
from widget.models.conversations import Conversation, Invite, Member
from widget.models.enclosures import Attachment, MessageLink, Preview
from widget.models.mesibo import MesiboEvent, MesiboGroup, MesiboMessage, MesiboUser
from widget.models.messages import BODY_LIMIT, LINES, Message, Outbox, Reaction, Unpublished
from widget.models.people import Secret, Token, User

__all__ = [
    "BODY_LIMIT",
    "LINES",
    "Attachment",
    "Base",
    "Call",
    "Conversation",
    "Invite",
    "Member",
    "MesiboEvent",
    "MesiboGroup",
    "MesiboMessage",
    "MesiboUser",
    "Message",
    "MessageLink",
    "Outbox",
    "Preview",
    "Reaction",
    "Ring",
    "Secret",
    "Token",
    "Unpublished",
    "User",
    "new_id",
    "now",
]
