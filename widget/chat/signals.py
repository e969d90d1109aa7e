"""What happened, announced after it is committed. `chat/` tells; `broadcast` listens and brings it to the tabs."""

from blinker import Namespace

_signals = Namespace()

message_sent = _signals.signal("message-sent")
"""Sent with the id of a message that was just committed."""

messages_read = _signals.signal("messages-read")
"""Sent with the id of a conversation, and `member_id`: whose read watermark moved."""

user_changed = _signals.signal("user-changed")
"""Sent with the id of a user whose name or picture changed."""
