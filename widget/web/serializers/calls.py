"""Calls, and what the two tabs of one say to each other."""

from __future__ import annotations

from widget.chat.conversations.membership import TEAM_ID
from widget.i18n import _
from widget.models import Call
from widget.web.serializers.base import Json
from widget.web.serializers.users import user


def call(it: Call, user_id: str) -> Json:
    """A call as one person has it. `mine` says that it is theirs to talk in; `tab` is which of their tabs does."""
    calling = user_id == it.caller_id
    declined = any(ring.user_id == user_id and ring.declined_at for ring in it.rings)
    return {
        "id": it.id,
        "conversation": it.conversation_id,
        "media": it.media,
        "state": "declined" if it.state == "ringing" and declined else it.state,
        "role": "caller" if calling else "callee",
        "mine": calling or user_id == it.callee_id,
        "tab": it.caller_tab if calling else it.callee_tab if user_id == it.callee_id else None,
        "peer": _called(it) if calling else user(it.caller),
        "round": it.round,
        "version": it.version,
        "duration": it.duration,
    }


def _called(it: Call) -> Json:
    """Whom the caller sees: who has answered, else who is called; of several in a group, the group."""
    conversation = it.callee_member.conversation
    if it.callee is None and conversation.kind == "group" and it.callee_member.user_id != TEAM_ID:
        return {"id": conversation.id, "name": conversation.title or _("Group"), "picture": conversation.picture}
    return user(it.callee or it.callee_member.user)


def call_signal(call_id: str, tab: str, round_: int, what: Json) -> Json:
    """What one tab of a call says to the other, `tab`."""
    return {"id": call_id, "to": tab, "round": round_} | what
