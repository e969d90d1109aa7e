"""Assignment: who answers a conversation; by hand, by answering first, or by turns among those who are available."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget.chat import events, team_settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Conflict, Unprocessable
from widget.i18n import _
from widget.models import Case, Conversation, User, now

_PEOPLE = select(User).where(User.team_id == TEAM_ID, User.kind == "agent", User.removed_at.is_(None))


def assign(session: Session, conversation: Conversation, assignee: User | None, by: User) -> None:
    """Give a conversation that is locked to somebody, or to nobody. Without a word in the log."""
    conversation.assignee_id = assignee.id if assignee else None
    conversation.assigned_at = now() if assignee else None
    set_committed_value(conversation, "assignee", assignee)
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    if case is not None:
        if is_bot(assignee):
            case.handed_over_at = None
        elif case.assignee_id and is_bot(session.get(User, case.assignee_id)):
            case.handed_over_at = now()
        case.assignee_id = conversation.assignee_id
    expect_answer(session, conversation)
    events.conversation_assigned.send(conversation, session=session, assignee=assignee, by=by)


def is_bot(user: User | None) -> bool:
    """Whether this is a program."""
    return user is not None and user.kind == "bot"


def expect_answer(session: Session, conversation: Conversation) -> None:
    """Start the clock of a bot that has a conversation in which somebody waits; stop it where none has it any more."""
    if not is_bot(conversation.assignee) or conversation.waiting_since is None:
        if conversation.bot_due_at is not None:  # only then: what is set is looked through when it is written
            conversation.bot_due_at = None
    elif conversation.bot_due_at is None:
        conversation.bot_due_at = now() + bot_patience(session)


def bot_patience(session: Session) -> timedelta:
    """For how long a bot may neither answer nor type before it hands over."""
    return timedelta(seconds=team_settings.get(session, "bots")["answer_within_seconds"])


def assign_first_responder(session: Session, conversation: Conversation) -> User | None:
    """Give a new conversation that is locked to the bot that answers first, if there is one; returns that."""
    bots = select(User).where(User.kind == "bot", User.first_responder, User.removed_at.is_(None))
    bot = session.scalar(bots.order_by(User.created_at, User.id).limit(1))
    if bot is not None and conversation.kind == "direct":
        assign(session, conversation, bot, session.get_one(User, TEAM_ID))
        return bot
    return None


def hand_over(session: Session, conversation: Conversation, by: User) -> None:
    """Take a conversation that is locked from its bot and give it to people: to whose turn it is, or to nobody. From
    now on the visitor waits for one of them, whatever the bot has answered."""
    if conversation.waiting_since is None:
        conversation.waiting_since, conversation.reminded_at = now(), None
    assign(session, conversation, None, by)
    assign_by_turns(session, conversation)


def require_turn(session: Session, conversation: Conversation, bot: User) -> None:
    """Raise Conflict for a bot that wants to answer where people do, or another bot does."""
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    handed_over = case is not None and case.handed_over_at is not None
    if conversation.assignee_id not in (None, bot.id) or (conversation.assignee_id is None and handed_over):
        raise Conflict(_("Somebody else answers here now; this was not sent."))


def find(session: Session, user_id: str) -> User:
    """Somebody of the team, agent or bot; raises Unprocessable for anybody else."""
    user = session.get(User, user_id)
    if user is None or user.team_id != TEAM_ID or user.removed_at is not None:
        raise Unprocessable(_("assignee must be the id of somebody of the team, “me” or empty."))
    return user


def require(session: Session, conversation: Conversation, believed: str | None) -> None:
    """Raise Conflict, in a sentence that names who was quicker, when somebody else has it than is `believed`."""
    if conversation.assignee_id == believed:
        return
    if conversation.assignee_id is None:
        raise Conflict(_("Meanwhile this conversation was given back; nobody has it now."))
    quicker = session.get_one(User, conversation.assignee_id)
    raise Conflict(_("%(name)s was quicker and has this conversation now.", name=quicker.name))


def is_free(conversation: Conversation) -> bool:
    """Whether nobody has it, or only a bot."""
    return conversation.assignee is None or is_bot(conversation.assignee)


def keeps(session: Session, conversation: Conversation) -> bool:
    """Whether the assignee, if there is one, is still of the team and not away."""
    if conversation.assignee_id is None:
        return True
    assignee = session.get_one(User, conversation.assignee_id)
    return assignee.removed_at is None and assignee.available


def by_answering(session: Session) -> bool:
    """Whether a first answer assigns whoever gives it."""
    return bool(team_settings.get(session, "assignment")["by_answering"])


def assign_by_turns(session: Session, conversation: Conversation) -> User | None:
    """Give a conversation that is locked to whose turn it is, where the team wants that; returns who that is.

    Whose turn it is: of the available whose hands are not full, who was given one longest ago.
    """
    wanted = team_settings.get(session, "assignment")
    if not wanted["by_turns"]:
        return None
    # One after the other, or two conversations would go to the same agent.
    session.execute(select(User.id).where(User.id == TEAM_ID).with_for_update(key_share=True))
    has = held(session)
    longest_ago = (User.assigned_at.is_not(None), User.assigned_at, User.created_at, User.id)
    for agent in session.scalars(_PEOPLE.where(User.available).order_by(*longest_ago)):
        capacity = agent.capacity if agent.capacity is not None else wanted["capacity"]
        if capacity is None or has.get(agent.id, 0) < capacity:
            agent.assigned_at = now()
            assign(session, conversation, agent, session.get_one(User, TEAM_ID))
            return agent
    return None


def held(session: Session) -> dict[str, int]:
    """How many open conversations each of the team has, by user; who has none is not in it."""
    query = select(Conversation.assignee_id, func.count()).where(Conversation.status == "open")
    rows = session.execute(query.where(Conversation.assignee_id.is_not(None)).group_by(Conversation.assignee_id))
    return {user_id: count for user_id, count in rows if user_id}


def give_back_all(session: Session, agent: User, heir: User | None = None) -> list[str]:
    """Take from an agent who leaves the team what they have; returns the ids of these conversations.

    The heir gets all of it; without one it goes by turns, where the team wants that, or to nobody.
    What is resolved is not given to anybody: it is assigned anew when it goes on.
    """
    own = select(Conversation).where(Conversation.assignee_id == agent.id, Conversation.status != "resolved")
    conversations = list(session.scalars(own.order_by(Conversation.id).with_for_update()))
    for conversation in conversations:
        assign(session, conversation, heir, session.get_one(User, TEAM_ID))
        conversation.revision += 1
        if heir is None and conversation.status == "open":
            assign_by_turns(session, conversation)
    return [conversation.id for conversation in conversations]
