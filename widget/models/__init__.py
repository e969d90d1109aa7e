"""The tables, a room for each area. What may be done with a row stands in `chat/`."""

from widget.models.attachments import Attachment, MessageLink, Preview
from widget.models.audit import Audit, Setting
from widget.models.base import Base, as_plain, as_stored, loaded, new_id, now, plain, stored, stored_or_none, table_of
from widget.models.calls import Call, Ring
from widget.models.cases import AgentRead, Block, CannedAnswer, Case, ConversationLabel, FormAnswer, Label
from widget.models.conversations import Conversation, Invite, Member
from widget.models.mesibo import MesiboEvent, MesiboGroup, MesiboMessage, MesiboOutbox, MesiboUser
from widget.models.messages import BODY_LIMIT, FILE_KINDS, IS_FILE, SYSTEM_KINDS, Message, Outbox, Reaction
from widget.models.notifications import Notification, NotificationPreferences, PushOutbox, PushSubscription
from widget.models.search import Backfill, MessageSearch, UserSearch
from widget.models.users import PersonNote, Secret, Token, User
from widget.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "BODY_LIMIT",
    "FILE_KINDS",
    "IS_FILE",
    "SYSTEM_KINDS",
    "AgentRead",
    "Attachment",
    "Audit",
    "Backfill",
    "Base",
    "Block",
    "Call",
    "CannedAnswer",
    "Case",
    "Conversation",
    "ConversationLabel",
    "FormAnswer",
    "Invite",
    "Label",
    "Member",
    "MesiboEvent",
    "MesiboGroup",
    "MesiboMessage",
    "MesiboOutbox",
    "MesiboUser",
    "Message",
    "MessageLink",
    "MessageSearch",
    "Notification",
    "NotificationPreferences",
    "Outbox",
    "PersonNote",
    "Preview",
    "PushOutbox",
    "PushSubscription",
    "Reaction",
    "Ring",
    "Secret",
    "Setting",
    "Token",
    "User",
    "UserSearch",
    "Webhook",
    "WebhookDelivery",
    "as_plain",
    "as_stored",
    "loaded",
    "new_id",
    "now",
    "plain",
    "stored",
    "stored_or_none",
    "table_of",
]
