"""Notifications: what agents are told who do not look at the inbox, and how each wants to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now, partial
from widget.models.users import User


class NotificationPreferences(Base):
    """Of what an agent wants to be told: of `all` conversations, of `mine` and those that nobody has, or of `none`."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(8), default="mine")
    push: Mapped[str] = mapped_column(String(8), default="mine")
    desktop: Mapped[str] = mapped_column(String(8), default="mine")
    """What an open tab shows on the screen, if the browser lets it."""
    sound: Mapped[str] = mapped_column(String(8), default="all")
    words: Mapped[bool] = mapped_column(default=True)
    """Whether a notification says what was written; else only that something was."""


class PushSubscription(Base):
    """A browser that takes notifications with no tab open (RFC 8030), as long as the session lives it was made in."""

    __tablename__ = "push_subscriptions"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """Of the cookie of that session: who signs out is told nothing more."""
    endpoint: Mapped[str] = mapped_column(Text)
    """The address at the browser's push service."""
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(String(120))
    """The browser's public key (RFC 8291), in base64url."""
    auth: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship()


class PushOutbox(Base):
    """A message of a visitor's, or a note that names somebody, of which nobody was told by push yet."""

    __tablename__ = "push_outbox"

    message_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Notification(Base):
    """Something that an agent is told once, by mail or by push. No foreign keys to what may be erased meanwhile."""

    __tablename__ = "notifications"
    __table_args__ = (Index("notifications_due", "due_at", **partial("due_at IS NOT NULL")),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    event: Mapped[str] = mapped_column(String(100), unique=True)
    """What it tells of, and whom: there is never a second one of it."""
    channel: Mapped[str] = mapped_column(String(8))
    """mail (a visitor waits), push, invite (a mail to somebody new in the team), or proof (a code to a visitor's
    address; its user is the team)."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[str | None] = mapped_column(String(16))
    """The message, or the note about a person, that a push tells of; None for a call that rings in the conversation."""
    subscription_id: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it is to be sent; None while it is on its way, and for ever after."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was taken; None also when it is not known whether it was."""
    error: Mapped[str | None] = mapped_column(String(200))
    """Why it could not be sent, in words of the other side."""

    user: Mapped[User] = relationship()
