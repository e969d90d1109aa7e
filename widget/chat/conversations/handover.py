"""Handing over: a conversation that a bot has goes to people; because somebody wants it, or by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select, update

from widget import db
from widget.chat import events
from widget.chat.conversations import assignment, cases, membership, rules, work
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Conflict
from widget.chat.messages import appending, notes, sending, system
from widget.chat.search import index
from widget.i18n import _
from widget.models import Conversation, User, now


def hand_over(user: User, conversation_id: str, note: str | None = None) -> None:
    """Give a conversation to people, if a bot has it: by that bot, by an agent, or because the visitor asks for it.

    With `note` the team is told why; nobody needs a scope for these words. Raises NotFound, Forbidden after leaving and
    for a visitor's note, Conflict to a bot that does not have it (any more).
    """
    if note:
        notes.require_team(user)
        sending.check_body(note)
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        me = membership.member_of(session, user, conversation_id)
        membership.require_present(me)
        if user.kind == "bot" and conversation.assignee_id != user.id:
            raise Conflict(_("This conversation is not this bot's any more."))
        if not assignment.is_bot(conversation.assignee):
            return
        lines = []
        if note:
            lines.append(appending.append(session, conversation, me, user, note, private=True))
            index.add_message(session, lines[0])
            events.message_committing.send(lines[0], session=session, external_id=None)
        event = "handed-over" if me.user_id == TEAM_ID else "person-asked"
        lines.append(system.append(session, conversation, me, user, event))
        cases.people_wanted(session, conversation, lines[-1])
        assignment.hand_over(session, conversation, user)
        conversation.revision += 1
    work.announce(conversation, lines)


def is_with_bot(conversation_id: str) -> bool:
    """Whether a bot has this conversation, so that a visitor may want a person instead."""
    with db.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        return conversation is not None and assignment.is_bot(conversation.assignee)


def hand_over_silent(at: datetime) -> int:
    """Hand over what bots have neither answered nor typed in for as long as they may; returns how many these were."""
    overdue = and_(Conversation.bot_due_at <= at, Conversation.status == cases.OPEN)
    return rules.for_each(overdue, rules.to_people, "bot-silent")


def hand_over_failed(bot: User, conversation_id: str) -> None:
    """Hand over what a bot has whose webhook cannot be reached."""
    its = and_(
        Conversation.id == conversation_id, Conversation.assignee_id == bot.id, Conversation.status != cases.RESOLVED
    )
    rules.for_each(its, rules.to_people, "bot-failed")


def extend(bot: User, conversation_id: str) -> None:
    """A bot is typing: it may take as long again from now on."""
    with db.reading() as session:
        its = and_(Conversation.id == conversation_id, Conversation.assignee_id == bot.id)
        if session.scalar(select(Conversation.id).where(its, Conversation.bot_due_at.is_not(None))) is None:
            return
    with db.transaction() as session:
        due = now() + assignment.bot_patience(session)
        session.execute(update(Conversation).where(its, Conversation.bot_due_at < due).values(bot_due_at=due))
