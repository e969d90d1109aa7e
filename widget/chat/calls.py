"""Calls between the two of a direct conversation: who may do what to one, and what becomes of it.

    ringing ─ answer ▶ answered ─ connected ▶ connected ◀ lost, leave, join, connected ▶ reconnecting
       │                  └──────────────────────┴──────── hangup ──────────────────────────┘▶ ended, failed
       └─ decline ▶ declined, hangup ▶ cancelled, nobody for RING ▶ no-answer; at nobody who is free ▶ busy

Browsers only ask. What happens is decided here, under the lock of the conversation, so late and double requests find
what the first one left. Every call that is not over has a time at which it will be (`due_at`): it is kept alive by
what its tabs say, never by a timer of some process, and any process's sweeper may end it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from widget import db
from widget.chat import conversations, messages
from widget.chat.conversations import TEAM_ID
from widget.chat.errors import Expired, Forbidden, NotFound, Unprocessable
from widget.chat.signals import call_changed, call_signalled, message_changed
from widget.models import Call, Conversation, Member, Ring, User, now

RINGING, ANSWERED, CONNECTED, RECONNECTING = "ringing", "answered", "connected", "reconnecting"
TALKING = (ANSWERED, CONNECTED, RECONNECTING)
LIVE = (RINGING, *TALKING)
OUTCOMES = ("ended", "declined", "busy", "no-answer", "cancelled", "failed")
MEDIA = ("voice", "video")

RING = timedelta(seconds=45)
"""How long it rings."""
CONNECT = timedelta(seconds=30)
"""How long two tabs may take to reach each other, and to find each other again."""
AWAY = timedelta(seconds=10)
"""How long a tab that was closed, or is being loaded anew, is waited for."""
SILENCE = timedelta(minutes=2)
"""How long a connected call lasts without a word from either tab: longer than a restart of the server takes."""

SHOWN = (
    joinedload(Call.caller),
    joinedload(Call.callee),
    joinedload(Call.callee_member).joinedload(Member.user),
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
    """Call the other side of a direct conversation from a tab; returns the call, and whether it is new.

    It rings at everybody there who is `here` (has a tab open) and free; when nobody is here, at all, since they may
    come. If all are in calls it is over at once: busy. Whoever calls somebody that is calling them has answered.
    Raises NotFound outside one's own conversations, Forbidden after leaving, Unprocessable in groups and for somebody
    who is in a call.
    """
    with db.reading() as session:
        me, chairs = conversations.seat_among_all(session, user, conversation_id)
        others = [chair for chair in chairs if chair.id != me.id]
    people = [user_id for chair in others[:1] for user_id in conversations.listeners(chair)]
    reachable = here(people) or set(people)
    with db.transaction() as session:
        conversation = conversations.locked(session, conversation_id)
        me, chairs = conversations.seat_among_all(session, user, conversation_id)
        conversations.must_be_present(me)
        if conversation.kind != "direct" or len(chairs) != 2:
            raise Unprocessable("Calls are for two, and this is a group.")
        other = next(chair for chair in chairs if chair.id != me.id)
        theirs = session.scalar(_calls().where(Call.callee_member_id == me.id, Call.state == RINGING))
        if theirs is not None:
            call, fresh = theirs, False
            _answer(session, call, user, tab)
            call = _shown(session, call)
        else:
            own = _engagement(session, user)
            if own is not None:
                if (own.conversation_id, own.caller_id, own.caller_tab) == (conversation_id, user.id, tab):
                    return own, False  # it was asked twice
                raise Unprocessable("You are in a call already.")
            call, fresh = _begin(session, me, other, user, media, tab, reachable), True
    _tell(call)
    return call, fresh


def _begin(session: Session, me: Member, other: Member, user: User, media: str, tab: str, reachable: set[str]) -> Call:
    busy = {person for call in session.scalars(_calls()) for person in (call.caller_id, call.callee_id) if person}
    if other.user_id != TEAM_ID and session.scalar(_calls().where(Call.callee_member_id == other.id)):
        busy.add(other.user_id)
    call = Call(
        conversation_id=me.conversation_id,
        media=media,
        state=RINGING,
        caller_member_id=me.id,
        callee_member_id=other.id,
        caller_id=user.id,
        caller_tab=tab,
        round=0,
        version=0,
        due_at=now() + RING,
        unpublished_since=now(),
        rings=[Ring(user_id=user_id) for user_id in sorted(reachable - busy)],
    )
    session.add(call)
    session.flush()
    if not call.rings:
        _finish(session, call, "busy")
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


def _answer(session: Session, call: Call, user: User, tab: str) -> None:
    if (call.callee_id, call.callee_tab) == (user.id, tab) and call.state in TALKING:
        return
    if user.id == call.caller_id:
        raise Forbidden("A call is answered by whoever is called.")
    if call.state == RINGING and _engagement(session, user) is not None:
        raise Unprocessable("You are in a call already.")
    answered = {"callee_id": user.id, "callee_tab": tab, "round": 1, "due_at": now() + CONNECT}
    if not _move(session, call, ANSWERED, (RINGING,), **answered):
        raise Expired("This call was answered elsewhere." if call.state in TALKING else "This call is over.")


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
        _finish(session, call, "declined")
    else:
        _move(session, call, RINGING, (RINGING,))


def _hang_up(session: Session, call: Call, user: User, tab: str) -> None:
    if call.state == RINGING and user.id != call.caller_id:
        _decline(session, call, user, tab)
    elif call.state == RINGING:
        _finish(session, call, "cancelled")
    elif user.id in (call.caller_id, call.callee_id):
        _finish(session, call, "ended")


def _connected(session: Session, call: Call, user: User, tab: str) -> None:
    if _talks(call, user, tab):
        first = call.connected_at or now()
        _move(session, call, CONNECTED, (ANSWERED, RECONNECTING), connected_at=first, due_at=now() + SILENCE)


def _lost(session: Session, call: Call, user: User, tab: str) -> None:
    """The network has gone; both tabs try to find another way."""
    if _talks(call, user, tab):
        _move(session, call, RECONNECTING, (CONNECTED,), due_at=now() + CONNECT)


def _leave(session: Session, call: Call, user: User, tab: str) -> None:
    """The tab was closed, or is being loaded anew."""
    calling = call.state == RINGING and (call.caller_id, call.caller_tab) == (user.id, tab)
    if call.due_at is None or not (calling or _talks(call, user, tab)):
        return
    until = min(call.due_at, now() + AWAY)
    if calling or call.state == RECONNECTING:
        _postpone(session, call, until)
    else:
        _move(session, call, RECONNECTING, TALKING, due_at=until)


def _join(session: Session, call: Call, user: User, tab: str) -> None:
    """The tab is there again, or another one takes its place."""
    if user.id not in (call.caller_id, call.callee_id):
        raise Forbidden("Only the two who talk can join this call.")
    own = {"caller_tab": tab} if user.id == call.caller_id else {"callee_tab": tab}
    if call.state == RINGING:
        _move(session, call, RINGING, (RINGING,), due_at=call.created_at + RING, **own)
    elif not _move(session, call, RECONNECTING, TALKING, round=call.round + 1, due_at=now() + CONNECT, **own):
        raise Expired("This call is over.")


def _still_here(session: Session, call: Call, user: User, tab: str) -> None:
    if call.state == CONNECTED and _talks(call, user, tab):
        _postpone(session, call, now() + SILENCE)


SIGNALS: dict[str, Callable[[Session, Call, User, str], None]] = {
    "answer": _answer,
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


def relay(user: User, call_id: str, tab: str, round_: int, what: dict[str, Any]) -> None:
    """Pass what one of the two tabs says on to the other, and to nobody else.

    Raises NotFound for the calls of others, Expired when the call is over or goes on between other tabs, Unavailable
    when it could not be passed on.
    """
    with db.reading() as session:
        call = session.get(Call, call_id)
        if call is None or user.id not in (call.caller_id, call.callee_id):
            raise NotFound("There is no such call.")
    if not _talks(call, user, tab) or round_ != call.round or not call.callee_id or not call.callee_tab:
        raise Expired("This call goes on elsewhere." if call.state in LIVE else "This call is over.")
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
        if call.state == RINGING:  # a caller who went away is waited for, but not as long
            _finish(session, call, "no-answer" if now() >= call.created_at + RING else "cancelled")
        else:
            last = call.changed_at if call.state == RECONNECTING else call.due_at - SILENCE
            _finish(session, call, "ended" if call.connected_at else "failed", last)
    _tell(call)
    return True


def live_of(user: User) -> list[Call]:
    """The calls that concern a tab of `user` which opens now: one that they are in, else those that ring for them."""
    with db.reading() as session:
        own = or_(Call.caller_id == user.id, Call.callee_id == user.id)
        engaged = list(session.scalars(_calls().where(own).options(*SHOWN)))
        if engaged:
            return engaged
        chair = select(Member.id).where(Member.user_id == user.seat_id)
        declined = exists().where(Ring.call_id == Call.id, Ring.user_id == user.id, Ring.declined_at.is_not(None))
        ringing = _calls().where(Call.state == RINGING, Call.callee_member_id.in_(chair), ~declined)
        return list(session.scalars(ringing.order_by(Call.created_at).options(*SHOWN)))


def audience(call: Call) -> list[str]:
    """The ids of the users whose tabs are to know of this call's state."""
    if call.state == RINGING:
        return [call.caller_id, *(ring.user_id for ring in call.rings)]
    return [call.caller_id, *conversations.listeners(call.callee_member)]


def find(call_id: str) -> Call | None:
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


def _calls() -> Any:
    """The calls that are not over."""
    return select(Call).where(Call.due_at.is_not(None))


def _engagement(session: Session, user: User) -> Call | None:
    """The call that a person is in; asked for and changed by one request at a time."""
    session.get(User, user.id, with_for_update={"key_share": True})
    own: ColumnElement[bool] = or_(Call.caller_id == user.id, Call.callee_id == user.id)
    found: Call | None = session.scalar(_calls().where(own).options(*SHOWN))
    return found


def _talks(call: Call, user: User, tab: str) -> bool:
    """Whether this tab is one of the two that talk."""
    ends = ((call.caller_id, call.caller_tab), (call.callee_id, call.callee_tab))
    return call.state in TALKING and (user.id, tab) in ends


def _locked(session: Session, call_id: str) -> Call:
    """A call whose conversation is locked, as the last change left it; raises NotFound."""
    where = session.scalar(select(Call.conversation_id).where(Call.id == call_id))
    if where is None:
        raise NotFound("There is no such call.")
    conversations.locked(session, where)
    return session.get_one(Call, call_id)


def _mine(session: Session, user: User, call_id: str) -> Call:
    """A call that `user` made or may answer, locked; raises NotFound alike for none and for one of others."""
    call = _locked(session, call_id)
    if user.id != call.caller_id:
        callee = session.get_one(Member, call.callee_member_id)
        if callee.user_id != user.seat_id:
            raise NotFound("There is no such call.")
    return call


def _move(session: Session, call: Call, to: str, since: tuple[str, ...], **values: Any) -> bool:
    """Bring a call into another state, out of one of these only: the database says who was first."""
    moment = now()
    moved = session.scalar(
        update(Call)
        .where(Call.id == call.id, Call.state.in_(since))
        .values(state=to, version=Call.version + 1, changed_at=moment, unpublished_since=moment, **values)
        .returning(Call.id)
    )
    session.refresh(call)
    return moved is not None


def _postpone(session: Session, call: Call, due_at: datetime) -> None:
    session.execute(update(Call).where(Call.id == call.id, Call.due_at.is_not(None)).values(due_at=due_at))


def _finish(session: Session, call: Call, outcome: str, at: datetime | None = None) -> None:
    """End a call that is not over yet, and say so in its conversation."""
    if not _move(session, call, outcome, LIVE, due_at=None, ended_at=at or now()):
        return
    line = messages.append(
        session,
        session.get_one(Conversation, call.conversation_id),
        session.get_one(Member, call.caller_member_id),
        session.get_one(User, call.caller_id),
        words(call),
        kind="call",
    )
    session.execute(update(Call).where(Call.id == call.id).values(message_id=line.id))
    session.refresh(call)


def words(call: Call) -> str:
    """What became of a call, for whoever it was: "Video call, 2:05", "Voice call, no answer"."""
    minutes, seconds = divmod(call.duration, 60)
    became = f"{minutes}:{seconds:02}" if call.state == "ended" else call.state.replace("-", " ")
    return f"{call.media.title()} call, {became}"


def _shown(session: Session, call: Call) -> Call:
    """The call with all that is shown of it, as this transaction leaves it."""
    session.flush()
    return session.get_one(Call, call.id, options=SHOWN, populate_existing=True)


def _tell(call: Call) -> None:
    call_changed.send(call.id)
    if call.message_id is not None:
        message_changed.send(call.message_id, first=True)
