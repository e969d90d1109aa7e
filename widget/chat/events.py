"""What happened, announced by `chat/`: `broadcast/` brings it to the tabs, `mesibo/` to the agents' apps."""

from blinker import Namespace

_signals = Namespace()

message_committing = _signals.signal("message-committing")
"""Sent inside the transaction that makes or changes a message, with the message, for whoever keeps an outbox of its
own: `session`, and `external_id`: what it is called where it came from, so that it does not go back there."""

message_changed = _signals.signal("message-changed")
"""Sent with the id of a message that was just committed, or edited, deleted, reacted to; and `first`: whether the
tabs do not know it yet; and perhaps `created`: the message itself, see `sending.CreatedMessage`."""

messages_read = _signals.signal("messages-read")
"""Sent with the id of a conversation, and `member_id`: whose read watermark moved."""

messages_delivered = _signals.signal("messages-delivered")
"""Sent with the id of a conversation, and `member_id`: whose delivered watermark moved."""

user_changed = _signals.signal("user-changed")
"""Sent with the id of a user whose name or picture changed."""

sessions_ended = _signals.signal("sessions-ended")
"""Sent with the ids of sessions (see `tokens.session_id`) that let nobody in any more: their streams are to end."""

presence_changed = _signals.signal("presence-changed")
"""Sent with the ids of users who connected or disconnected."""

call_changed = _signals.signal("call-changed")
"""Sent with the id of a call that was just begun, or came into another state."""

call_signalled = _signals.signal("call-signalled")
"""Sent with the id of a call, and what one of its two tabs says to the other: `to`, `round_`, `what`. Raises
Unavailable when it could not be passed on."""

typing = _signals.signal("typing")
"""Sent with the id of a conversation, and `user`: who is writing in it."""

mesibo_status_changed = _signals.signal("mesibo-status-changed")
"""Sent with how the link to the agents' apps is doing."""
