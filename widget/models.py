"""The tables. What may be done with a row stands in `chat/`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, TypeDecorator

BODY_LIMIT = 8000
"""The longest message, in characters."""


def new_id() -> str:
    """64 random bits as 16 hexadecimal digits: unguessable, and at home in a URL, an HTML id and a Redis key."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The time in UTC, to the millisecond: what a browser's clock can hold too."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Say that the stored time is in UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables. Their constraints have names, because a migration can only change what it can name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class User(Base):
    """Somebody who can take part: a visitor, an agent, or the team that agents speak for."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8))
    """visitor, agent or team."""
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    picture: Mapped[str | None] = mapped_column(String(2000))
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    """The id that the embedding site knows this visitor by, once it has been proved by an HMAC."""
    login: Mapped[str | None] = mapped_column(String(320), unique=True)
    """An agent's e-mail address in lower case: what they sign in with."""
    password_hash: Mapped[str | None] = mapped_column(String(200))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """For an agent: the team they answer for."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def seat_id(self) -> str:
        """Whose membership this user acts under: an agent sits in the team's chair, anyone else in their own."""
        return self.team_id or self.id


class Token(Base):
    """A secret that lets its bearer in as a user. Only its SHA-256 is kept."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))
    """visitor (bearer), inbox (cookie) or link (one sign-in)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)

    user: Mapped[User] = relationship()


class Conversation(Base):
    """An exchange of messages; it numbers them itself."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_newest", "updated_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8), default="direct")
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of its newest message; raised inside the transaction that inserts the message."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now)

    members: Mapped[list[Member]] = relationship(
        back_populates="conversation", order_by="(Member.joined_at, Member.id)"
    )


class Member(Base):
    """A chair in a conversation, with the two watermarks that are its receipts."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    delivered_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    read_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    joined_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship()
    conversation: Mapped[Conversation] = relationship(back_populates="members")


class Message(Base):
    """One thing said. `(sender, client_id)` is unique, which is what makes sending again harmless."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"), UniqueConstraint("sender_id", "client_id"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    """The chair it was said from: the team's, for every agent."""
    sender_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who said it."""
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(8), default="text")
    body: Mapped[str] = mapped_column(Text)
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    sender: Mapped[User] = relationship()
    conversation: Mapped[Conversation] = relationship()


class Unpublished(Base):
    """A message that is committed and not yet known to be in every member's log; see `sweeper`."""

    __tablename__ = "unpublished"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class Outbox(Base):
    """A message on its way to the agents' mesibo apps, written in the transaction that inserts the message."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_waiting", "state", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting or sent."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
