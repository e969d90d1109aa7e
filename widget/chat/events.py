"""What happened, announced by `chat/`: `broadcast/` brings it to the tabs, `mesibo/` to the agents' apps."""

from blinker import Namespace

_signals = Namespace()

message_committing = _signals.signal("message-committing")
"""Sent inside the transaction that makes or changes a message, with the message, for whoever keeps an outbox of its
own: `session`, and `external_id`: what it is called where it came from, so that it does not go back there. With
`has_webhooks` or `has_push` false it is known already that nobody is to be told in this way."""

message_changed = _signals.signal("message-changed")
"""Sent with the id of a message that was just committed, or edited, deleted, reacted to; and `first`: whether the
tabs do not know it yet; and perhaps `created`: the message itself, see `sending.CreatedMessage`."""

conversation_created = _signals.signal("conversation-created")
"""Sent with a conversation in which a new case has begun; inside the transaction, like all five of these, so that
whoever keeps an outbox writes its rows with it: `session`, and `case`."""

direct_begun = _signals.signal("direct-begun")
"""Sent with the id of a conversation that a visitor has just begun with the team alone."""

conversation_assigned = _signals.signal("conversation-assigned")
"""Sent inside the transaction with a conversation that was given to somebody, or to nobody: `session`, `assignee`
(None for nobody), `by`: who did it, the team when a rule did."""

conversation_resolved = _signals.signal("conversation-resolved")
"""Sent inside the transaction with a conversation whose case is done: `session`, `case`, `by`."""

conversation_reopened = _signals.signal("conversation-reopened")
"""Sent inside the transaction with a conversation whose case goes on after all: `session`, `case`, `by`."""

visitor_waits = _signals.signal("visitor-waits")
"""Sent inside the transaction with a conversation whose visitor has waited for as long as the rule says: `session`."""

call_ended = _signals.signal("call-ended")
"""Sent inside the transaction with a call that is over, whatever became of it: `session`."""

form_submitted = _signals.signal("form-submitted")
"""Sent inside the transaction with a message that fills in a form: `session`; `form`: its title, and the message that
has it, or its name in the settings; and `values`: by the names of its fields."""

rating_created = _signals.signal("rating-created")
"""Sent inside the transaction with a case that the visitor has rated: `session`, `conversation`."""

work_changed = _signals.signal("work-changed")
"""Sent with the id of a conversation whose status, assignee, labels or waiting has just changed; `listed`: whether its
list entry is published in another way."""

colleagues_mentioned = _signals.signal("colleagues-mentioned")
"""Sent with a note that was just committed, and `user_ids`: the agents whom it names."""

person_note_mentioned = _signals.signal("person-note-mentioned")
"""Sent with a note about a visitor that was just committed, `author`, and `user_ids`: the agents whom it names."""

viewing = _signals.signal("viewing")
"""Sent with the id of a conversation, and `user`: the agent who has it open; `entered`: in a new tab."""

agent_changed = _signals.signal("agent-changed")
"""Sent with the id of an agent who became available or away, or has another name, role or capacity."""

preferences_changed = _signals.signal("preferences-changed")
"""Sent with how an agent wants to be notified from now on."""

messages_read = _signals.signal("messages-read")
"""Sent with the id of a conversation, `member_id` and `reader`: which user has read, for which member; and `moved`:
whether the member's watermark did, which an agent's own does not always mean."""

messages_delivered = _signals.signal("messages-delivered")
"""Sent with the id of a conversation, and `member_id`: whose delivered watermark moved."""

user_changed = _signals.signal("user-changed")
"""Sent with the id of a user whose name or picture changed."""

people_changed = _signals.signal("people-changed")
"""Sent with the ids of visitors of whom the team knows something else now, which concerns nobody but the team."""

person_erased = _signals.signal("person-erased")
"""Sent with the id of a visitor whose personal data is gone from the database, and `readers`: the ids of those who
shared a conversation with them, beside the team."""

pictures_dropped = _signals.signal("pictures-dropped")
"""Sent with the addresses of pictures, of which copies may be kept for nobody any more."""

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
"""Sent with the id of a conversation, and `user`: who is writing in it; `private`: a note, of which only the team may
know."""

settings_changed = _signals.signal("settings-changed")
"""Sent with the key of settings (see `team_settings`) that the owner has just changed."""

mesibo_status_changed = _signals.signal("mesibo-status-changed")
"""Sent with how the link to the agents' apps is doing."""
