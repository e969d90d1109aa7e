"""Notifications: how agents hear of visitors while they do not look at the inbox. By mail, and by push.

What is to be told is written into the database (`queue`), each event once for each agent; the one process that holds
the lease sends it. Nothing here happens in a request.
"""

from __future__ import annotations


def register() -> None:
    """Listen to the chat. Doing so again changes nothing."""
    from widget.chat import events
    from widget.notifications import push_outbox

    events.message_committing.connect(push_outbox.message_committing)
    events.person_note_mentioned.connect(push_outbox.person_note_mentioned)
