"""Who is who in mesibo: the agents' apps, the users that were made there for visitors, the groups of conversations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound, Unprocessable
from widget.i18n import _
from widget.models import Conversation, Member, MesiboGroup, MesiboMessage, MesiboOutbox, MesiboUser, Message, User


class KnownMessage(NamedTuple):
    """A message that mesibo knows by a number."""

    message_id: str
    conversation_id: str
    seq: int


def set_address(login: str, address: str) -> None:
    """Note at which address an agent's mesibo app is; raises NotFound without such an agent, Unprocessable if taken."""
    with db.transaction() as session:
        agent = session.scalar(select(User).where(User.kind == "agent", User.login == login.strip().lower()))
        if agent is None:
            raise NotFound(_("There is no agent %(login)s.", login=login))
        holder = session.scalar(select(MesiboUser).where(MesiboUser.address == address))
        if holder is not None and holder.user_id != agent.id:
            raise Unprocessable(_("The mesibo address %(address)s already belongs to somebody else.", address=address))
        session.merge(MesiboUser(user_id=agent.id, address=address))


def addresses(destination: Iterable[str]) -> list[str]:
    """The addresses of the team's apps, sorted: the settings' destination and those that agents were given."""
    with db.reading() as session:
        own = select(MesiboUser.address).join(User, User.id == MesiboUser.user_id).where(User.team_id == TEAM_ID)
        return sorted({*destination, *session.scalars(own)})


def agent_at(address: str) -> User | None:
    """The agent whose app is at this address."""
    with db.reading() as session:
        return session.scalar(
            select(User)
            .join(MesiboUser, MesiboUser.user_id == User.id)
            .where(MesiboUser.address == address, User.team_id == TEAM_ID)
        )


def agent_at_or_new(address: str, name: str) -> User:
    """The agent whose app is at this address; one who answers only from there is made with their first message."""
    known = agent_at(address)
    if known is not None:
        return known
    with db.transaction() as session:
        agent = User(kind="agent", name=name, team_id=TEAM_ID)
        session.add(agent)
        session.flush()
        session.add(MesiboUser(user_id=agent.id, address=address))
    return agent


def user_entry(user_id: str) -> MesiboUser | None:
    """The mesibo user of a user, if there is one."""
    with db.reading() as session:
        return session.get(MesiboUser, user_id)


def set_visitor(user: User, address: str) -> None:
    """Note that a visitor has a mesibo user by now, who is called as they are."""
    with db.transaction() as session:
        session.merge(MesiboUser(user_id=user.id, address=address, name=user.name))


def visitor_at(address: str) -> str | None:
    """The id of the visitor for whom the mesibo user at this address was made."""
    with db.reading() as session:
        return session.scalar(
            select(User.id)
            .join(MesiboUser, MesiboUser.user_id == User.id)
            .where(MesiboUser.address == address, User.kind == "visitor")
        )


def group_of(conversation_id: str) -> MesiboGroup | None:
    """The mesibo group of a conversation, if it has one yet."""
    with db.reading() as session:
        return session.get(MesiboGroup, conversation_id)


def set_group(conversation_id: str, gid: int, members: Iterable[str]) -> None:
    """Note which mesibo group a conversation is, and who was put into it."""
    with db.transaction() as session:
        session.merge(MesiboGroup(conversation_id=conversation_id, gid=gid, members=",".join(sorted(members))))


def conversation_with_group(gid: int) -> str | None:
    """The id of the conversation that this mesibo group belongs to."""
    with db.reading() as session:
        return session.scalar(select(MesiboGroup.conversation_id).where(MesiboGroup.gid == gid))


def own_conversation(user_id: str) -> str | None:
    """The id of a visitor's conversation with the team: theirs alone, or what has become of it."""
    with db.reading() as session:
        return session.scalar(
            select(Conversation.id)
            .join(Member, Member.conversation_id == Conversation.id)
            .where(Member.user_id == user_id, Member.left_at.is_(None))
            .order_by(Conversation.kind, Conversation.created_at)  # direct comes before group
            .limit(1)
        )


def last_addressed() -> str | None:
    """The id of the conversation of which something left last: where an answer belongs that says nothing else."""
    with db.reading() as session:
        return session.scalar(
            select(Message.conversation_id)
            .join(MesiboOutbox, MesiboOutbox.message_id == Message.id)
            .where(MesiboOutbox.state == "sent")
            .order_by(MesiboOutbox.id.desc())
            .limit(1)
        )


def message_with_mid(mid: int, conversation_id: str | None = None, origin: str | None = None) -> KnownMessage | None:
    """The message that mesibo knows by this number; two may have the same, so say what else is known of it."""
    query = select(Message.id, Message.conversation_id, Message.seq)
    query = query.join(MesiboMessage, MesiboMessage.message_id == Message.id).where(MesiboMessage.mid == mid)
    if conversation_id is not None:
        query = query.where(Message.conversation_id == conversation_id)
    if origin is not None:
        query = query.where(MesiboMessage.origin == origin)
    with db.reading() as session:
        row = session.execute(query.order_by(Message.created_at.desc()).limit(1)).first()
        return KnownMessage(*row) if row else None
