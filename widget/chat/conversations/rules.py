"""The rules of time: what happens to the team's work when nobody does anything. Each is off until it has a number.

Every function takes the time at which it is asked, and does what is due by then; one process of the deployment runs
them, but twice does no harm: each looks again under the lock of the conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events, team_settings
from widget.chat.conversations import assignment, cases, membership, ratings, work
from widget.chat.conversations.cases import OPEN, SNOOZED
from widget.chat.conversations.membership import TEAM_ID
from widget.models import Conversation, Message, User

PORTION = 100
"""How many conversations are dealt with at a time."""

GRACE = timedelta(minutes=1)
"""How long somebody who was set to away keeps what they have not answered."""

_IS_OPEN = Conversation.status == OPEN
_WAITS = and_(_IS_OPEN, Conversation.waiting_since.is_not(None))
_BOTS = select(User.id).where(User.team_id == TEAM_ID, User.kind == "bot")
_WAITS_FOR_ASSIGNEE_SINCE = case(
    (Conversation.assigned_at > Conversation.waiting_since, Conversation.assigned_at),
    else_=Conversation.waiting_since,
)


def run(at: datetime) -> int:
    """Do what is due at this time; returns for how many conversations and agents something was."""
    rules = team_settings.load("rules")
    done = end_snoozes(at) + offer_work_of_away(at)
    if days := rules["resolve_after_days"]:
        done += resolve_silent(at, days, rules["resolve_asks_rating"])
    if minutes := rules["remind_after_minutes"]:
        done += remind(at, minutes)
    if minutes := rules["unassign_after_minutes"]:
        done += unassign(at, minutes)
    if hours := rules["bot_close_after_hours"]:
        done += close_of_bots(at, hours)
    if minutes := rules["away_after_minutes"]:
        done += set_away(at, minutes)
    return done + assign_waiting()


def end_snoozes(at: datetime) -> int:
    """Open what was snoozed until now."""

    def end(session: Session, conversation: Conversation) -> None:
        conversation.status, conversation.snoozed_until = OPEN, None
        if not assignment.keeps(session, conversation):
            assignment.assign(session, conversation, None, _team(session))

    over = and_(Conversation.status == SNOOZED, Conversation.snoozed_until <= at)
    return for_each(over, end, "snooze-ended")


def resolve_silent(at: datetime, days: int, ask_rating: bool = False) -> int:
    """Resolve what nobody has written in for so many days, and nobody waits in; what is snoozed is exempt."""

    def resolve(session: Session, conversation: Conversation) -> list[Message]:
        return _resolve(session, conversation, at, ask_rating)

    silent = and_(
        _IS_OPEN,
        Conversation.waiting_since.is_(None),
        Conversation.updated_at <= at - timedelta(days=days),
        _of_people(),
    )
    return for_each(silent, resolve, "silence-resolved", days=str(days))


def close_of_bots(at: datetime, hours: int) -> int:
    """Resolve what a bot has and nobody has written in for so many hours."""

    def resolve(session: Session, conversation: Conversation) -> None:
        _resolve(session, conversation, at, ask_rating=False)

    silent = and_(_IS_OPEN, Conversation.assignee_id.in_(_BOTS), Conversation.updated_at <= at - timedelta(hours=hours))
    return for_each(silent, resolve, "bot-resolved", hours=str(hours))


def remind(at: datetime, minutes: int) -> int:
    """Remind the team, once, of a visitor who has waited for so many minutes."""

    def note(session: Session, conversation: Conversation) -> None:
        conversation.reminded_at = at
        events.visitor_waits.send(conversation, session=session)

    long = Conversation.waiting_since <= at - timedelta(minutes=minutes)
    due = and_(_WAITS, long, Conversation.reminded_at.is_(None))
    return for_each(due, note, "reminder", minutes=str(minutes))


def unassign(at: datetime, minutes: int) -> int:
    """Take what somebody has not answered for so many minutes from them, and give it to whose turn it is."""
    overdue = at - timedelta(minutes=minutes) >= _WAITS_FOR_ASSIGNEE_SINCE
    due = and_(_WAITS, Conversation.assignee_id.is_not(None), overdue, _of_people())
    return for_each(due, _offer, "work-unassigned", minutes=str(minutes))


def set_away(at: datetime, minutes: int) -> int:
    """Switch to away who is available and has answered nobody for so many minutes while somebody waits for them."""
    before = at - timedelta(minutes=minutes)
    waits = select(Conversation.assignee_id).where(_WAITS, before >= _WAITS_FOR_ASSIGNEE_SINCE)
    answered = (
        select(Message.sender_id)
        .join(Conversation, and_(Conversation.id == Message.conversation_id, Message.seq == Conversation.answered_upto))
        .where(Conversation.updated_at > before, Message.created_at > before)
    )
    due = select(User).where(
        *(User.team_id == TEAM_ID, User.kind == "agent", User.removed_at.is_(None)),
        *(User.available, User.id.in_(waits), User.id.not_in(answered)),
    )
    with db.transaction() as session:
        silent = list(session.scalars(due.order_by(User.id).with_for_update()))
        for agent in silent:
            agent.available, agent.away_since = False, at
    for agent in silent:
        events.agent_changed.send(agent.id)
    return len(silent)


def offer_work_of_away(at: datetime) -> int:
    """Give what those have not answered who were set to away a minute ago to whose turn it is."""
    away = select(User.id).where(User.team_id == TEAM_ID, User.available.is_(False), User.away_since <= at - GRACE)
    return for_each(and_(_WAITS, Conversation.assignee_id.in_(away)), _offer, "away-unassigned")


def assign_waiting() -> int:
    """Give what waits and nobody has, the oldest first, to those whose turn it is, for as long as there is anybody."""
    if not team_settings.load("assignment")["by_turns"]:
        return 0
    done = 0
    for conversation_id in _due(and_(_WAITS, Conversation.assignee_id.is_(None))):
        with db.transaction() as session:
            conversation = membership.lock(session, conversation_id)
            if conversation.assignee_id is not None or conversation.waiting_since is None:
                continue
            assignee = assignment.assign_by_turns(session, conversation)
            if assignee is None:
                break
            line = work.log(session, conversation, "turn-assigned", other=assignee.name)
        work.announce(conversation, [line])
        done += 1
    return done


def to_people(session: Session, conversation: Conversation) -> None:
    """Take a conversation from its bot."""
    assignment.hand_over(session, conversation, _team(session))


def _offer(session: Session, conversation: Conversation) -> None:
    assignment.assign(session, conversation, None, _team(session))


def _resolve(session: Session, conversation: Conversation, at: datetime, ask_rating: bool) -> list[Message]:
    current = cases.current(session, conversation)
    if current is not None:
        cases.settle(session, conversation, current, _team(session), at)
        return ratings.ask(session, conversation, current, at) if ask_rating else []
    return []


def _team(session: Session) -> User:
    return session.get_one(User, TEAM_ID)


def _of_people() -> ColumnElement[bool]:
    return or_(Conversation.assignee_id.is_(None), Conversation.assignee_id.not_in(_BOTS))


def _due(condition: ColumnElement[bool]) -> list[str]:
    query = select(Conversation.id).where(condition, Conversation.case_id.is_not(None))
    with db.reading() as session:
        oldest = query.order_by(Conversation.waiting_since, Conversation.updated_at, Conversation.id)
        return list(session.scalars(oldest.limit(PORTION)))


def for_each(
    condition: ColumnElement[bool],
    do: Callable[[Session, Conversation], list[Message] | None],
    event: str,
    **values: str,
) -> int:
    """Do something to each conversation for which this holds, with a line in its log after those that it returns;
    returns how many these were."""
    done = 0
    for conversation_id in _due(condition):
        with db.transaction() as session:
            conversation = membership.lock(session, conversation_id)
            if session.scalar(select(Conversation.id).where(Conversation.id == conversation_id, condition)) is None:
                continue  # somebody has done something meanwhile
            other = {"other": conversation.assignee.name} if conversation.assignee else {}
            messages = do(session, conversation) or []
            messages.append(work.log(session, conversation, event, **values, **other))
        work.announce(conversation, messages)
        done += 1
    return done
