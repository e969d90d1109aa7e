"""Calls, and at whom they ring."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now

if TYPE_CHECKING:
    from widget.models.conversations import Member
    from widget.models.messages import Message
    from widget.models.users import User


class Call(Base):
    """A call between two members of a conversation; what may happen to it stands in `chat.calls`."""

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    media: Mapped[str] = mapped_column(String(8))
    """voice or video: as it was begun."""
    state: Mapped[str] = mapped_column(String(12))
    """ringing, answered, connected, reconnecting; or what became of it."""
    caller_member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    callee_member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    """The member that is called: for the team's, it rings at every agent. Of several in a group, one at whom it rings,
    and then whoever has answered."""
    caller_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    callee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Who answered."""
    caller_tab: Mapped[str] = mapped_column(String(36))
    callee_tab: Mapped[str | None] = mapped_column(String(36))
    """The tabs that talk to each other."""
    round: Mapped[int] = mapped_column(Integer, default=0)
    """How often two tabs have begun to connect; what they signal belongs to one round."""
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it changed: of two pictures of it, the one with the higher version holds."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it got into its state."""
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When it is over unless something happens; nothing once it is over."""
    connected_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the two were connected first."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    unpublished_since: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """Since when its state is committed and not known to be in everybody's log; see `sweeper`."""
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    """The line in the conversation that tells of it."""

    caller: Mapped[User] = relationship(foreign_keys=[caller_id])
    callee: Mapped[User | None] = relationship(foreign_keys=[callee_id])
    callee_member: Mapped[Member] = relationship(foreign_keys=[callee_member_id])
    message: Mapped[Message | None] = relationship(back_populates="call")
    rings: Mapped[list[Ring]] = relationship()

    @property
    def duration(self) -> int:
        """How long they could hear each other, in whole seconds."""
        if self.connected_at is None:
            return 0
        return max(0, round(((self.ended_at or now()) - self.connected_at).total_seconds()))


class Ring(Base):
    """Somebody at whom a call rings, or rang."""

    __tablename__ = "rings"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    declined_at: Mapped[datetime | None] = mapped_column(Moment)
