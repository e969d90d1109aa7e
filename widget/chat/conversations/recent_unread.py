"""How much everybody had not read when a message was sent a moment ago: after the next one it is one more.

To count anew looks at up to a hundred messages for each reader. What is remembered holds for one `revision` of the
conversation: whatever changes a count (reading, deleting, joining, whichever process it happens in) raises that under
the lock under which the next message is sent.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy.orm import Session

from widget import extensions
from widget.chat.conversations import unread
from widget.chat.conversations.unread import COUNTED_UPTO, Unread
from widget.models import SYSTEM_KINDS, Conversation, Member, Message

REMEMBERED = 60
"""Seconds after which everything is counted anew anyway."""

MOST = 1000
"""Of how many conversations a process remembers it; of more, the first is forgotten."""


class RecentUnread(NamedTuple):
    """What nobody had read yet after a message."""

    revision: int
    """Of the conversation, with this message."""
    counts: dict[str, int]
    """By user: visitors, and agents."""
    since: float
    """Monotonic."""


def note(conversation: Conversation, counts: dict[str, int]) -> None:
    """Remember how much each user has not read, once the message with which it is so is committed."""
    known = extensions.current().recent_unread
    known.pop(conversation.id, None)
    if len(known) >= MOST:
        known.pop(next(iter(known)), None)
    known[conversation.id] = RecentUnread(conversation.revision, counts, time.monotonic())


def after_message(
    session: Session, conversation: Conversation, members: list[Member], message: Message, team: str
) -> Unread | None:
    """How much these members, and the agents, have not read, where nothing but this message has happened since it was
    remembered; None where that has to be counted. `team` is the team's member."""
    it = extensions.current().recent_unread.get(conversation.id)
    if it is None or it.revision != conversation.revision - 1 or time.monotonic() - it.since > REMEMBERED:
        return None
    counts_for_others = message.kind not in SYSTEM_KINDS and not message.private

    def now(user_id: str, member_id: str) -> int:
        more = 1 if counts_for_others and member_id != message.member_id else 0
        return min(it.counts[user_id] + more, COUNTED_UPTO)

    try:
        of_visitors = {member.id: now(member.user_id, member.id) for member in members if member.id != team}
        of_agents = [agent._replace(unread=now(agent.id, team)) for agent in unread.agents(session)]
    except KeyError:  # somebody who was not here then
        return None
    return of_visitors, of_agents
