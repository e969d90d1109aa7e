"""What the owner has set, and who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now
from widget.models.users import User


class Setting(Base):
    """What the owner has set in the inbox, under one name."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Audit(Base):
    """Something that somebody of the team did."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_newest", "at", "id"), Index("audit_object", "object", "at"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    """Who did it; the team when a rule did."""
    action: Mapped[str] = mapped_column(String(40))
    """A noun and a verb, such as conversation.resolve."""
    object: Mapped[str] = mapped_column(String(64))
    """The id or the name of what was changed."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What changed: field by field from what to what."""

    actor: Mapped[User] = relationship()
