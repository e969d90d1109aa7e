"""Who has something exactly as somebody else does: it is put into a shape, and rendered, once for all of them."""

from __future__ import annotations

from collections.abc import Hashable

from widget.chat.conversations import visibility
from widget.chat.conversations.views import ConversationView
from widget.chat.receipts import Watermarks
from widget.models import Conversation, Member, Message
from widget.web.serializers.conversations import NAMED


class Alike:
    """The readers of one conversation, and which of them see alike.

    Each method names all that a shape depends on besides the thing itself: where it answers the same, the shapes are
    the same (tests/unit/test_alike.py).
    """

    def __init__(self, conversation: Conversation):
        present = conversation.present
        self._watermarks = Watermarks(present)
        is_alike = conversation.kind == "group" and bool(conversation.title)
        is_large = conversation.kind == "group" and len(present) > NAMED + 2
        # Without a name of its own it is called after the others: of many after the first, so for the later ones alike.
        self._apart = set() if is_alike else {it.id for it in (present[: NAMED + 1] if is_large else present)}

    def message(self, it: Message, me: Member, viewer: str) -> Hashable:
        """Equal for users who see a message alike, whose members are `me`."""
        is_mine = it.sender_id == viewer
        if me.left_at is not None or it.reactions:  # what came later is hidden; one's own reactions are marked
            return me.id, me.without_notes, is_mine
        is_own = it.member_id == me.id
        return visibility.is_team(me), me.without_notes, is_own, is_mine, self._watermarks.status(it, me)

    def conversation(self, view: ConversationView) -> Hashable:
        """Equal for users whose lists show the conversation alike."""
        me = view.me
        itself = me.id if me.left_at is not None or me.id in self._apart else visibility.is_team(me)
        last = self.message(view.last, me, view.viewer) if view.last else None
        return itself, me.without_notes, me.role, view.unread, last
