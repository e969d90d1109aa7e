"""What happened, announced after it is committed. `chat/` tells; `broadcast` listens and brings it to the tabs."""

from blinker import Namespace

_signals = Namespace()

message_changed = _signals.signal("message-changed")
"""Sent with the id of a message that was just committed, or edited, deleted, reacted to; and `first`: whether the
tabs do not know it yet; and perhaps `fresh`: the message itself, see `messages.Fresh`."""

messages_read = _signals.signal("messages-read")
"""Sent with the id of a conversation, and `member_id`: whose read watermark moved."""

messages_delivered = _signals.signal("messages-delivered")
"""Sent with the id of a conversation, and `member_id`: whose delivered watermark moved."""

user_changed = _signals.signal("user-changed")
"""Sent with the id of a user whose name or picture changed."""

presence_changed = _signals.signal("presence-changed")
"""Sent with the ids of users who came or went."""

call_changed = _signals.signal("call-changed")
"""Sent with the id of a call that was just begun, or came into another state."""

call_signalled = _signals.signal("call-signalled")
"""Sent with the id of a call, and what one of its two tabs says to the other: `to`, `round_`, `what`. Raises
Unavailable when it could not be passed on."""

typing = _signals.signal("typing")
"""Sent with the id of a conversation, and `user`: who is writing in it."""

link_changed = _signals.signal("link-changed")
"""Sent with how the link to the agents' apps is doing."""
