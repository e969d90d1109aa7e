"""Webhooks: which addresses are told of what, and what is on its way to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now
from widget.models.users import User


class Webhook(Base):
    """An address of a bot's that is told of some types of events."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    bot_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(60))
    """What its requests are signed with: whsec_ and Base64, as Standard Webhooks has it."""
    types: Mapped[str] = mapped_column(String(400))
    """Of what it is told: the types between spaces, with one at either end."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    bot: Mapped[User] = relationship()


class WebhookDelivery(Base):
    """An event on its way to a webhook: the outbox, and for some days the log of what was delivered."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("webhook_deliveries_due", "state", "next_at"),
        Index("webhook_deliveries_order", "webhook_id", "conversation_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(20))
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    """Counts what this webhook is told of this conversation, from 1."""
    type: Mapped[str] = mapped_column(String(30))
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), index=True)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What of the event cannot be read from the message and the conversation later."""
    body: Mapped[str | None] = mapped_column(Text)
    """What is sent, from the first try on."""
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting: in its turn; aside: retried while the later ones go on; taken; failed: given up."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Moment, default=now)
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was tried first; its minute and its day count from here."""
    status: Mapped[int | None] = mapped_column(Integer)
    """What the receiver answered last: the HTTP status; None when it did not."""
    reason: Mapped[str | None] = mapped_column(String(300))
    """What went wrong with it last, in one sentence."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    webhook: Mapped[Webhook] = relationship()
