"""Cases: the work in a conversation, and what a message means for it.

A visitor's words wait until the team answers. They open what was snoozed or resolved: within CASE_REOPEN_HOURS the
same case, later a new one, which is assigned anew. Everything here happens in the transaction of the message, whose
conversation is locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget.chat import events, team_settings
from widget.chat.conversations import assignment, unread
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.messages import system
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
    """The newest case of a conversation, to be changed; None when nothing was written yet."""
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    set_committed_value(conversation, "case", case)  # in the place of one that was only to be looked at
    return case


def unanswered_since(session: Session, conversation: Conversation) -> datetime | None:
    """Since when somebody waits for the team, counted anew from the messages: the oldest words without an answer, or
    the line that says that a bot's conversation went to people."""
    team = select(Member.id).where(Member.conversation_id == conversation.id, Member.user_id == TEAM_ID)
    words = and_(Message.member_id.not_in(team), unread.COUNTS)
    return session.scalar(
        select(func.min(Message.created_at)).where(
            Message.conversation_id == conversation.id,
            Message.seq > conversation.answered_upto,
            or_(words, Message.event.in_(system.HANDOVERS)),
        )
    )


def people_wanted(session: Session, conversation: Conversation, line: Message) -> None:
    """Somebody wants people instead of a bot, by this line of the log: it opens what is resolved, as words would."""
    case = current(session, conversation)
    if case is None or case.resolved_at is not None:
        _begin_again(session, conversation, case, line, by_words=False).handed_over_at = line.created_at


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
    going_on = conversation.case
    if going_on is not None and going_on.resolved_at is None and conversation.status != SNOOZED:
        assignment.expect_answer(session, conversation)
        return
    case = current(session, conversation)
    if case is None:
        _open(session, conversation, message)
    elif case.resolved_at is not None:
        _begin_again(session, conversation, case, message)
    else:
        conversation.status, conversation.snoozed_until = OPEN, None
        if not assignment.keeps(session, conversation):
            assignment.assign(session, conversation, None, message.sender)
    if conversation.assignee_id is None:
        assignment.assign_by_turns(session, conversation)
    assignment.expect_answer(session, conversation)


def _begin_again(
    session: Session, conversation: Conversation, case: Case | None, message: Message, by_words: bool = True
) -> Case:
    """Go on with a case that was resolved a short time ago; begin another one later."""
    within = timedelta(hours=team_settings.get(session, "privacy")["case_reopen_hours"])
    if case is None or case.resolved_at is None or message.created_at - case.resolved_at > within:
        return _open(session, conversation, message, to_bot=by_words)
    reopen(session, conversation, case, message.sender)
    return case


def _answered(session: Session, conversation: Conversation, user: User, message: Message) -> None:
    waited = conversation.waiting_since is not None
    conversation.answered_upto, conversation.waiting_since = message.seq, None
    case = conversation.case or _open(session, conversation, message, to_bot=False)
    assignment.expect_answer(session, conversation)
    if user.kind != "agent":
        return  # a bot's answer is one, but no person's first
    if waited and case.first_answer_at is None and (own := current(session, conversation)) is not None:
        own.first_answer_at = message.created_at
    if conversation.status != RESOLVED and assignment.is_free(conversation) and assignment.by_answering(session):
        assignment.assign(session, conversation, user, user)


def _open(session: Session, conversation: Conversation, message: Message, to_bot: bool = True) -> Case:
    case = Case(conversation_id=conversation.id, opened_at=message.created_at, reopened=0, rating_asked=False)
    session.add(case)
    session.flush()
    conversation.status, conversation.snoozed_until, conversation.case_id = OPEN, None, case.id
    set_committed_value(conversation, "case", case)
    if conversation.assignee_id is not None:
        assignment.assign(session, conversation, None, message.sender)
    events.conversation_created.send(conversation, session=session, case=case)
    if to_bot:
        assignment.assign_first_responder(session, conversation)
    return case
