"""Calls between the team and a visitor: who may do what to one, and what becomes of it.

    ringing ─ answer ▶ answered ─ connected ▶ connected ◀ lost, leave, join, connected ▶ reconnecting
       │                  └──────────────────────┴──────── hangup ──────────────────────────┘▶ ended, failed
       └─ decline ▶ declined, hangup ▶ cancelled, nobody for RING ▶ no-answer; at nobody who is free ▶ busy

In a group, too, a call is between two: a visitor's rings at the team, and the team's at every visitor; whoever answers
first has it. Two visitors are never connected: strangers would learn each other's network addresses.

Browsers only ask. What happens is decided here, under the lock of the conversation, so late and double requests find
what the first one left. Every call that is not over has a time at which it will be (`due_at`): it is kept alive by
what its tabs say, never by a timer of some process, and any process's sweeper may end it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from widget import db
from widget.chat.calls.signals import OF_A_ROUND, SIGNALS, answer
from widget.chat.calls.states import (
    CONNECTED,
    LIVE,
    RECONNECTING,
    RING,
    RINGING,
    SILENCE,
    engagement,
    finish,
    live,
    talks,
)
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Expired, NotFound, Unprocessable
from widget.chat.events import call_changed, call_signalled, message_changed, work_changed
from widget.i18n import _
from widget.models import Call, Member, Ring, User, now

MEDIA = ("voice", "video")

SHOWN = (
    joinedload(Call.caller),
    joinedload(Call.callee),
    joinedload(Call.callee_member).joinedload(Member.user),
    joinedload(Call.callee_member).joinedload(Member.conversation),
    selectinload(Call.rings),
)
"""What is loaded along with a call that is to be shown."""


class Peer(NamedTuple):
    """The tab at the other end of a call."""

    user_id: str
    tab: str


def start(
    user: User, conversation_id: str, media: str, tab: str, here: Callable[[Iterable[str]], set[str]]
) -> tuple[Call, bool]:
    """Call the other side of a conversation from a tab; returns the call, and whether it is new.

    It rings at everybody there who is `here` (has a tab open) and free; when nobody is here, at all, since they may
    come. If all are in calls it is over at once: busy. Whoever calls somebody that is calling them has answered.
    Raises NotFound outside one's own conversations, Forbidden after leaving, Unprocessable where nobody is left to be
    called and for somebody who is in a call.
    """
    with db.reading() as session:
        others = _other_side(*membership.member_and_all(session, user, conversation_id))
    people = [user_id for member in others for user_id in _people(member)]
    reachable = here(people) or set(people)
    with db.transaction() as session:
        membership.lock(session, conversation_id)
        me, members = membership.member_and_all(session, user, conversation_id)
        membership.require_present(me)
        others = _other_side(me, members)
        if not others:
            raise Unprocessable(_("Nobody is here whom you could call."))
        at_me = live().where(Call.conversation_id == conversation_id, Call.state == RINGING, _rings_for(user))
        theirs = session.scalar(at_me)
        if theirs is not None:
            call, created = theirs, False
            answer(session, call, user, tab)
            call = _shown(session, call)
        else:
            own = engagement(session, user)
            if own is not None:
                if (own.conversation_id, own.caller_id, own.caller_tab) == (conversation_id, user.id, tab):
                    return _shown(session, own), False  # it was asked twice
                raise Unprocessable(_("You are in a call already."))
            call, created = _begin(session, me, others, user, media, tab, reachable), True
    _tell(call)
    return call, created


def _other_side(me: Member, members: list[Member]) -> list[Member]:
    """The members that a call of this one is for: for a visitor the team, for the team every visitor who is there."""
    is_team = me.user_id == TEAM_ID
    return [it for it in members if it.left_at is None and (it.user_id == TEAM_ID) != is_team]


def _begin(
    session: Session, me: Member, others: list[Member], user: User, media: str, tab: str, reachable: set[str]
) -> Call:
    busy = {person for call in session.scalars(live()) for person in (call.caller_id, call.callee_id) if person}
    if me.user_id == TEAM_ID:  # a visitor is called by one agent at a time
        rung = select(Ring.user_id).join(Call).where(Call.state == RINGING, Ring.declined_at.is_(None))
        busy.update(session.scalars(rung.where(Call.due_at.is_not(None), Ring.user_id.in_(reachable))))
    free = reachable - busy
    call = Call(
        conversation_id=me.conversation_id,
        media=media,
        state=RINGING,
        caller_member_id=me.id,
        callee_member_id=next((it for it in others if it.user_id in free), others[0]).id,
        caller_id=user.id,
        caller_tab=tab,
        round=0,
        version=0,
        due_at=now() + RING,
        unpublished_since=now(),
        rings=[Ring(user_id=user_id) for user_id in sorted(free)],
    )
    session.add(call)
    session.flush()
    if not call.rings:
        finish(session, call, "busy")
    return _shown(session, call)


def signal(user: User, call_id: str, name: str, tab: str, round_: int | None = None) -> Call:
    """One of SIGNALS from a tab of `user`, in a round if it is one of OF_A_ROUND; returns the call as it is then.

    What comes late or twice changes nothing. Raises NotFound for the calls of others, Expired when somebody else was
    quicker to answer or the call to be joined is over, Forbidden for what is the other side's to do, Unprocessable
    for answering in the middle of another call.
    """
    with db.transaction() as session:
        call = _mine(session, user, call_id)
        version = call.version
        if name not in OF_A_ROUND or round_ == call.round:
            SIGNALS[name](session, call, user, tab)
        call = _shown(session, call)
    if call.version != version:
        _tell(call)
    return call


def relay(user: User, call_id: str, tab: str, round_: int, what: dict[str, Any]) -> None:
    """Pass a signal of one of the two tabs on to the other, and to nobody else.

    Raises NotFound for the calls of others, Expired when the call is over or goes on between other tabs, Unavailable
    when it could not be passed on.
    """
    with db.reading() as session:
        call = session.get(Call, call_id)
        if call is None or user.id not in (call.caller_id, call.callee_id):
            raise NotFound(_("There is no such call."))
    if not talks(call, user, tab) or round_ != call.round or not call.callee_id or not call.callee_tab:
        raise Expired(_("This call goes on elsewhere.") if call.state in LIVE else _("This call is over."))
    callee, caller = Peer(call.callee_id, call.callee_tab), Peer(call.caller_id, call.caller_tab)
    call_signalled.send(call_id, to=callee if user.id == call.caller_id else caller, round_=round_, what=what)


def end_overdue() -> int:
    """End the calls whose time is over; returns how many. Any number of processes may do this at once."""
    with db.reading() as session:
        overdue = list(session.scalars(select(Call.id).where(Call.due_at < now()).limit(100)))
    return sum(_expire(call_id) for call_id in overdue)


def _expire(call_id: str) -> bool:
    with db.transaction() as session:
        call = _locked(session, call_id)
        if call.due_at is None or call.due_at > now():
            return False  # another process was here, or one of the tabs
        if call.state == RINGING:  # a caller whose connection was lost is waited for, but not as long
            finish(session, call, "no-answer" if now() >= call.created_at + RING else "cancelled")
        else:
            last = {RECONNECTING: call.changed_at, CONNECTED: call.due_at - SILENCE}.get(call.state)
            finish(session, call, "ended" if call.connected_at else "failed", last)
    _tell(call)
    return True


def live_of(user: User) -> list[Call]:
    """The calls that concern a tab of `user` which opens now: one that they are in, else those that ring for them."""
    with db.reading() as session:
        own = or_(Call.caller_id == user.id, Call.callee_id == user.id)
        engaged = list(session.scalars(live().where(own).options(*SHOWN)))
        if engaged:
            return engaged
        declined = exists().where(Ring.call_id == Call.id, Ring.user_id == user.id, Ring.declined_at.is_not(None))
        ringing = live().where(Call.state == RINGING, _rings_for(user), ~declined)
        return list(session.scalars(ringing.order_by(Call.created_at).options(*SHOWN)))


def _rings_for(user: User) -> ColumnElement[bool]:
    """Of calls that ring: whether this one does for `user`."""
    # Asked of each call that is live: the team's members are as many as there are conversations.
    called = exists().where(Member.id == Call.callee_member_id, Member.user_id == user.principal_id)
    return or_(called, exists().where(Ring.call_id == Call.id, Ring.user_id == user.id))


def audience(call: Call) -> list[str]:
    """The ids of the users whose tabs are to know of this call's state."""
    rung = [ring.user_id for ring in call.rings]
    called = [] if call.state == RINGING else _people(call.callee_member)
    return list(dict.fromkeys([call.caller_id, *rung, *called]))


def _people(member: Member) -> list[str]:
    """Who can be called: for the team its people, never a bot."""
    return membership.people_ids() if member.user_id == TEAM_ID else [member.user_id]


def load(call_id: str) -> Call | None:
    """A call with all that is shown of it, by id."""
    with db.reading() as session:
        return session.get(Call, call_id, options=SHOWN)


def unpublished(older_than: timedelta) -> list[str]:
    """The calls whose state was committed longer ago than this and is not known to be published."""
    with db.reading() as session:
        return list(session.scalars(select(Call.id).where(Call.unpublished_since < now() - older_than).limit(100)))


def mark_published(call: Call) -> None:
    """Record that a call, as it was when it was read, is in the logs of all whom it concerns."""
    with db.transaction() as session:
        same = update(Call).where(Call.id == call.id, Call.version == call.version)
        session.execute(same.values(unpublished_since=None))


def _locked(session: Session, call_id: str) -> Call:
    """A call whose conversation is locked, as the last change left it; raises NotFound."""
    where = session.scalar(select(Call.conversation_id).where(Call.id == call_id))
    if where is None:
        raise NotFound(_("There is no such call."))
    membership.lock(session, where)
    return session.get_one(Call, call_id)


def _mine(session: Session, user: User, call_id: str) -> Call:
    """A call that `user` made or may answer, locked; raises NotFound alike for none and for one of others."""
    call = _locked(session, call_id)
    if user.id != call.caller_id:
        callee = session.get_one(Member, call.callee_member_id)
        if callee.user_id != user.principal_id and session.get(Ring, (call.id, user.id)) is None:
            raise NotFound(_("There is no such call."))
    return call


def _shown(session: Session, call: Call) -> Call:
    """The call with all that is shown of it, as this transaction leaves it."""
    session.flush()
    return session.get_one(Call, call.id, options=SHOWN, populate_existing=True)


def _tell(call: Call) -> None:
    call_changed.send(call.id)
    if call.message_id is not None:
        message_changed.send(call.message_id, first=True)
        work_changed.send(call.conversation_id, listed=True)
