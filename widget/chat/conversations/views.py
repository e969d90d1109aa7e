"""Views: a conversation as one user has it, with the newest message and what is unread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat.conversations import membership, recent_unread, unread, visibility
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.unread import Unread
from widget.chat.messages.loading import WITH_RELATED
from widget.models import Conversation, Member, Message, User

LIST_LIMIT = 200
"""How many conversations a list shows at most, newest first."""

# What the team's list shows of the work in a conversation.
_WITH_WORK = (
    joinedload(Conversation.assignee),
    joinedload(Conversation.case),
    selectinload(Conversation.labels),
)

_BY_NUMBER = (
    select(Message)
    .where(Message.conversation_id == bindparam("id"), Message.seq.in_(bindparam("numbers", expanding=True)))
    .options(*WITH_RELATED)
)


Row = tuple[Conversation, Member, Message, int, int]
"""A conversation, who has it, the message that a list shows, how much is unread, and how far they have read."""


@dataclass(frozen=True)
class ConversationView:
    """A conversation as one user has it in a list."""

    conversation: Conversation
    me: Member
    last: Message | None
    unread: int
    """How many messages of others lie behind the watermark of this member, or of this agent."""
    viewer: str
    """The id of the user who has it so: for the team's member there is one view for each agent."""
    locale: str | None = None
    """The language that they read."""
    read_upto: int = 0
    """Their watermark; known in what one reads of one's own."""


def list_for(user: User) -> list[ConversationView]:
    """The conversations of a user, newest first; the team sees only those in which something was written."""
    with db.reading() as session:
        newest = Conversation.updated_at.desc(), Conversation.id
        wanted = query(user).order_by(*newest).limit(LIST_LIMIT)
        if user.principal_id == TEAM_ID:  # it is in all conversations: they are chosen before anything else is read
            worked_in = select(Conversation.id).where(Conversation.case_id.is_not(None)).order_by(*newest)
            wanted = wanted.where(Conversation.id.in_(list(session.scalars(worked_in.limit(LIST_LIMIT)))))
        overviews = read(session, user, wanted)
    # What goes on in a group does not move it for those who have left it.
    return sorted(overviews, key=lambda it: it.me.left_at or it.conversation.updated_at, reverse=True)


def get(user: User, conversation_id: str) -> ConversationView:
    """One conversation of a user; raises NotFound when it is not theirs."""
    with db.reading() as session:
        me = membership.member_of(session, user, conversation_id)
        return read(session, user, query(user).where(Member.id == me.id))[0]


def get_each(user: User, conversation_ids: Iterable[str]) -> dict[str, ConversationView]:
    """Those of these conversations that are the user's, by id, in one go."""
    with db.reading() as session:
        found = read(session, user, query(user).where(Conversation.id.in_(set(conversation_ids))))
    return {it.conversation.id: it for it in found}


def query(user: User) -> Select[*Row]:
    """What `read` reads: to be narrowed, ordered and limited by columns of the conversation."""
    last = and_(Message.conversation_id == Conversation.id, Message.seq == visibility.newest_for(user))
    selected = (
        select(Conversation, Member, Message, unread.count_for(user), unread.watermark_of(user))
        .join(Member, and_(Member.conversation_id == Conversation.id, membership.is_own(user)))
        .outerjoin(Message, last)
        .options(selectinload(Conversation.members).joinedload(Member.user), *WITH_RELATED)
    )
    return selected.options(*_WITH_WORK) if user.principal_id == TEAM_ID else selected


def read(session: Session, user: User, rows: Select[*Row]) -> list[ConversationView]:
    """The conversations that a `query` finds, as `user` has them."""
    overviews = []
    for conversation, me, last, count, upto in db.rows_in_turns(session, rows):
        me.without_notes = user.without_notes
        overviews.append(ConversationView(conversation, me, last, count, user.id, user.locale, upto))
    return overviews


def per_member(conversation_id: str, seq: int | None = None) -> list[ConversationView]:
    """The same conversation as everybody has it, each agent too; with `seq` as those have it who were there then."""
    with db.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return []
        members = membership.members_of(session, conversation_id)
        if seq is None:
            shown = [it for it in members if it.left_at is None]
        else:
            shown = [it for it in members if visibility.was_there(it, seq)]
        numbers = {visibility.newest(conversation, it) for it in shown} | {conversation.public_seq}
        messages = session.scalars(_BY_NUMBER, {"id": conversation_id, "numbers": list(numbers)})
        last = {message.seq: message for message in messages}
        set_committed_value(conversation, "members", members)
        _load_work(conversation)
        return _views_of(conversation, shown, last, unread.of_everybody(session, conversation_id, _team(shown)))


def unread_after(session: Session, conversation: Conversation, members: list[Member], message: Message) -> Unread:
    """How much everybody has not read who may see a new message of a `locked` conversation, with all its members.

    Reads what its list entry shows, too: the session is about to end.
    """
    _load_work(conversation)
    team, shown = _team(members), _shown(members, message)
    counts = recent_unread.after_message(session, conversation, shown, message, team)
    return counts or unread.of_everybody(session, conversation.id, team)


def after_message(
    conversation: Conversation, members: list[Member], message: Message, counts: Unread
) -> list[ConversationView]:
    """A conversation as those have it who may see its new message."""
    return _views_of(conversation, _shown(members, message), {message.seq: message}, counts)


def _shown(members: list[Member], message: Message) -> list[Member]:
    return [it for it in members if it.left_at is None and visibility.may_see(it, message)]


def _team(members: list[Member]) -> str:
    """The id of the team's member; empty where it is none."""
    return next((it.id for it in members if it.user_id == TEAM_ID), "")


def _views_of(
    conversation: Conversation, members: list[Member], last: Mapping[int, Message], counts: Unread
) -> list[ConversationView]:
    of_visitors, of_agents = counts
    views: list[ConversationView] = []
    for it in members:
        if it.user_id != TEAM_ID:
            newest = last.get(visibility.newest(conversation, it))
            views.append(
                ConversationView(conversation, it, newest, of_visitors.get(it.id, 0), it.user_id, it.user.locale)
            )
            continue
        for agent in of_agents:
            me = visibility.as_seen(it, agent.without_notes)
            newest = last.get(visibility.newest(conversation, me))
            views.append(ConversationView(conversation, me, newest, agent.unread, agent.id, agent.locale))
    return views


def _load_work(conversation: Conversation) -> None:
    """Read what the team's list shows of the work, while there is a session to do so."""
    _ = conversation.assignee, conversation.case, conversation.labels
