"""Cases: the work in a conversation, and what a message means for it.

A visitor's words wait until the team answers. They open what was snoozed or resolved: within CASE_REOPEN_HOURS the
same case, later a new one, which is assigned anew. Everything here happens in the transaction of the message, whose
conversation is locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget.chat import events, team_settings
from widget.chat.conversations import assignment, unread
from widget.chat.conversations.membership import TEAM_ID
from widget.models import Case, Conversation, Member, Message, User

OPEN, SNOOZED, RESOLVED = "open", "snoozed", "resolved"
STATUSES = (OPEN, SNOOZED, RESOLVED)


class State(NamedTuple):
    """What the views of the inbox go by: when it differs afterwards, the team is told."""

    status: str
    assignee: str | None
    waiting_since: datetime | None
    case: str | None
    snoozed_until: datetime | None


def state(conversation: Conversation) -> State:
    """The state of a conversation's work now."""
    it = conversation
    return State(it.status, it.assignee_id, it.waiting_since, it.case_id, it.snoozed_until)


def message_added(session: Session, conversation: Conversation, me: Member, user: User, message: Message) -> None:
    """A message that everybody may see was added by `user`; what it means for the work."""
    if me.user_id == TEAM_ID:
        _answered(session, conversation, user, message)
    else:
        _asked(session, conversation, message)


def current(session: Session, conversation: Conversation) -> Case | None:
    """The newest case of a conversation; None when nothing was said yet."""
    return session.get(Case, conversation.case_id) if conversation.case_id else None


def unanswered_since(session: Session, conversation: Conversation) -> datetime | None:
    """When the oldest words were sent that wait for the team, counted anew from the messages."""
    team = select(Member.id).where(Member.conversation_id == conversation.id, Member.user_id == TEAM_ID)
    return session.scalar(
        select(func.min(Message.created_at)).where(
            Message.conversation_id == conversation.id,
            Message.seq > conversation.answered_upto,
            Message.member_id.not_in(team),
            unread.COUNTS,
        )
    )


def words_deleted(session: Session, conversation: Conversation) -> None:
    """Words were deleted: perhaps nobody waits any more, or not for as long."""
    if conversation.waiting_since is not None:
        session.flush()
        conversation.waiting_since = unanswered_since(session, conversation)


def settle(session: Session, conversation: Conversation, case: Case, by: User, at: datetime) -> None:
    """End the work: it is resolved, and nobody waits any more. Without a word in the log; see `status.change`."""
    conversation.status, conversation.snoozed_until = RESOLVED, None
    conversation.waiting_since, conversation.answered_upto = None, conversation.last_seq
    conversation.bot_due_at = None
    case.resolved_at, case.resolved_by, case.assignee_id = at, by.id, conversation.assignee_id
    events.conversation_resolved.send(conversation, session=session, case=case, by=by)


def reopen(session: Session, conversation: Conversation, case: Case, by: User) -> None:
    """Go on with a case that was resolved; who is away or gone does not keep it."""
    conversation.status, conversation.snoozed_until = OPEN, None
    case.resolved_at = case.resolved_by = None
    case.reopened += 1
    events.conversation_reopened.send(conversation, session=session, case=case, by=by)
    if not assignment.keeps(session, conversation):
        assignment.assign(session, conversation, None, by)


def _asked(session: Session, conversation: Conversation, message: Message) -> None:
    if conversation.waiting_since is None:
        conversation.waiting_since, conversation.reminded_at = message.created_at, None
    case = current(session, conversation)
    if case is None:
        _open(session, conversation, message)
    elif case.resolved_at is not None:
        within = timedelta(hours=team_settings.get(session, "privacy")["case_reopen_hours"])
        if message.created_at - case.resolved_at <= within:
            reopen(session, conversation, case, message.sender)
        else:
            _open(session, conversation, message)
    elif conversation.status == SNOOZED:
        conversation.status, conversation.snoozed_until = OPEN, None
        if not assignment.keeps(session, conversation):
            assignment.assign(session, conversation, None, message.sender)
    else:
        assignment.expect_answer(session, conversation)
        return
    if conversation.assignee_id is None:
        assignment.assign_by_turns(session, conversation)
    assignment.expect_answer(session, conversation)


def _answered(session: Session, conversation: Conversation, user: User, message: Message) -> None:
    waited = conversation.waiting_since is not None
    conversation.answered_upto, conversation.waiting_since = message.seq, None
    case = current(session, conversation) or _open(session, conversation, message, is_answer=True)
    assignment.expect_answer(session, conversation)
    if user.kind != "agent":
        return  # a bot's answer is one, but no person's first
    if waited and case.first_answer_at is None:
        case.first_answer_at = message.created_at
    if conversation.status != RESOLVED and assignment.is_free(conversation) and assignment.by_answering(session):
        assignment.assign(session, conversation, user, user)


def _open(session: Session, conversation: Conversation, message: Message, is_answer: bool = False) -> Case:
    case = Case(conversation_id=conversation.id, opened_at=message.created_at, reopened=0, rating_asked=False)
    session.add(case)
    session.flush()
    conversation.status, conversation.snoozed_until, conversation.case_id = OPEN, None, case.id
    set_committed_value(conversation, "case", case)
    if conversation.assignee_id is not None:
        assignment.assign(session, conversation, None, message.sender)
    events.conversation_created.send(conversation, session=session, case=case)
    if not is_answer:
        assignment.assign_first_responder(session, conversation)
    return case
