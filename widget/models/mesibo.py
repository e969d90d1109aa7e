"""What is known of mesibo: numbers, addresses and groups there, events of its webhook, and the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from widget.models.base import Base, Moment, now


class MesiboMessage(Base):
    """The number of a message in mesibo, whichever way it went: numbers there are unique only for their sender."""

    __tablename__ = "mesibo_messages"

    origin: Mapped[str] = mapped_column(String(128), primary_key=True)
    """The address that it was sent from; empty for the user of the access token."""
    mid: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)


class MesiboUser(Base):
    """A user's address in mesibo: an agent's app, or the user that was made there for a visitor."""

    __tablename__ = "mesibo_users"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    """What a visitor is called there."""


class MesiboGroup(Base):
    """The mesibo group that a conversation has become."""

    __tablename__ = "mesibo_groups"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    gid: Mapped[int] = mapped_column(BigInteger, unique=True)
    members: Mapped[str] = mapped_column(Text)
    """The addresses that it was given, sorted, comma separated."""


class MesiboEvent(Base):
    """An event that a webhook brought, stored as it came until it is read, or for 30 days if it could not be."""

    __tablename__ = "mesibo_events"
    __table_args__ = (Index("mesibo_events_waiting", "state", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the event and of the request that it came in: what comes twice counts once."""
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting, read, or unread: it could not be understood."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class MesiboOutbox(Base):
    """What is on its way to the agents' mesibo apps: a message, or a change of one. Written in its transaction."""

    __tablename__ = "mesibo_outbox"
    __table_args__ = (UniqueConstraint("message_id", "version"), Index("mesibo_outbox_waiting", "state", "id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    version: Mapped[int] = mapped_column(Integer, default=0)
    """0 for the message itself; for an edit or a deletion, the version that it made."""
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting; handing (it is being handed over now); perhaps (that process ended before it noted the outcome); sent;
    failed."""
    mid: Mapped[int | None] = mapped_column(BigInteger)
    """The number that it is handed over under, where the transport chooses that itself."""
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it failed, in one sentence."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    handed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
