"""What each signal of a tab does to a call whose conversation is locked; what comes late or twice does nothing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget.chat.calls.states import (
    ANSWERED,
    AWAY,
    CONNECT,
    CONNECTED,
    RECONNECTING,
    RING,
    RINGING,
    SILENCE,
    TALKING,
    engagement,
    finish,
    move,
    postpone,
    talks,
)
from widget.chat.conversations import membership
from widget.chat.errors import Expired, Forbidden, Unprocessable
from widget.i18n import _
from widget.models import Call, Ring, User, now


def answer(session: Session, call: Call, user: User, tab: str) -> None:
    """Win the call for this tab.

    Raises Forbidden for the caller and for who has left the conversation, Expired for the second who answers,
    Unprocessable in the middle of another call.
    """
    if (call.callee_id, call.callee_tab) == (user.id, tab) and call.state in TALKING:
        return
    if user.id == call.caller_id:
        raise Forbidden(_("Only whoever is called can answer a call."))
    if call.state == RINGING and engagement(session, user) is not None:
        raise Unprocessable(_("You are in a call already."))
    me = membership.member_of(session, user, call.conversation_id)
    membership.require_present(me)
    answered = {"callee_member_id": me.id, "callee_id": user.id, "callee_tab": tab, "round": 1}
    answered |= {"due_at": now() + CONNECT}
    if not move(session, call, ANSWERED, (RINGING,), **answered):
        raise Expired(_("This call was answered elsewhere.") if call.state in TALKING else _("This call is over."))


def _decline(session: Session, call: Call, user: User, tab: str) -> None:
    """Over when everybody at whom it rings has declined; until then it is silent only for this one."""
    if call.state != RINGING or user.id == call.caller_id:
        return
    ring = session.get(Ring, (call.id, user.id)) or Ring(call_id=call.id, user_id=user.id)
    if ring.declined_at is not None:
        return
    ring.declined_at = now()
    session.add(ring)
    session.flush()
    waiting = select(Ring).where(Ring.call_id == call.id, Ring.declined_at.is_(None))
    if session.scalar(waiting.limit(1)) is None:
        finish(session, call, "declined")
    else:
        move(session, call, RINGING, (RINGING,))


def _hang_up(session: Session, call: Call, user: User, tab: str) -> None:
    if call.state == RINGING and user.id != call.caller_id:
        _decline(session, call, user, tab)
    elif call.state == RINGING:
        finish(session, call, "cancelled")
    elif user.id in (call.caller_id, call.callee_id):
        finish(session, call, "ended")


def _connected(session: Session, call: Call, user: User, tab: str) -> None:
    if talks(call, user, tab):
        first = call.connected_at or now()
        move(session, call, CONNECTED, (ANSWERED, RECONNECTING), connected_at=first, due_at=now() + SILENCE)


def _lost(session: Session, call: Call, user: User, tab: str) -> None:
    """The network has gone; both tabs try to find another way."""
    if talks(call, user, tab):
        move(session, call, RECONNECTING, (CONNECTED,), due_at=now() + CONNECT)


def _leave(session: Session, call: Call, user: User, tab: str) -> None:
    """The tab was closed, or is being loaded anew."""
    calling = call.state == RINGING and (call.caller_id, call.caller_tab) == (user.id, tab)
    if call.due_at is None or not (calling or talks(call, user, tab)):
        return
    until = min(call.due_at, now() + AWAY)
    if calling or call.state == RECONNECTING:
        postpone(session, call, until)
    else:
        move(session, call, RECONNECTING, TALKING, due_at=until)


def _join(session: Session, call: Call, user: User, tab: str) -> None:
    """The tab is there again, or another one takes its place."""
    if user.id not in (call.caller_id, call.callee_id):
        raise Forbidden(_("Only the two who are in this call can join it."))
    own = {"caller_tab": tab} if user.id == call.caller_id else {"callee_tab": tab}
    if call.state == RINGING:
        move(session, call, RINGING, (RINGING,), due_at=call.created_at + RING, **own)
    elif not move(session, call, RECONNECTING, TALKING, round=call.round + 1, due_at=now() + CONNECT, **own):
        raise Expired(_("This call is over."))


def _still_here(session: Session, call: Call, user: User, tab: str) -> None:
    if call.state == CONNECTED and talks(call, user, tab):
        postpone(session, call, now() + SILENCE)


SIGNALS: dict[str, Callable[[Session, Call, User, str], None]] = {
    "answer": answer,
    "decline": _decline,
    "hangup": _hang_up,
    "connected": _connected,
    "lost": _lost,
    "leave": _leave,
    "join": _join,
    "here": _still_here,
}
"""What a tab can tell the server about a call."""

OF_A_ROUND = ("connected", "lost", "leave", "here")
"""Those that are about the connection between two tabs, so that they mean nothing once it is another one."""
