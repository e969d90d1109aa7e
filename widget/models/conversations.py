"""Conversations, their members, and the invitations that let others in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now, partial

if TYPE_CHECKING:
    from widget.models.cases import Case, Label
    from widget.models.users import User


class Conversation(Base):
    """An exchange of messages; it numbers them itself."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("conversations_newest", "updated_at"),
        # With what the views are counted by, so that counting reads nothing else.
        Index("conversations_status", "status", "updated_at", "id", "assignee_id", "case_id"),
        Index("conversations_assignee", "assignee_id", "status", "updated_at"),
        Index("conversations_waiting", "waiting_since", "id", **partial("waiting_since IS NOT NULL")),
        Index("conversations_bot_due", "bot_due_at", **partial("bot_due_at IS NOT NULL")),
        Index("conversations_silent", "created_at", **partial("last_seq = 0")),
        Index("conversations_snoozed", "snoozed_until", **partial("snoozed_until IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8), default="direct")
    """direct, or group: then members come and go."""
    title: Mapped[str | None] = mapped_column(String(100))
    """A group's name; without one it is called after its members."""
    picture: Mapped[str | None] = mapped_column(String(2000))
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of its newest message; raised inside the transaction that inserts the message."""
    public_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of its newest message that everybody may see: what comes after it is for the team."""
    listed_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of the newest message that the team's list shows: a note too, but no private system message."""
    answered_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    """Up to which number nothing waits for the team: its newest answer, or what was there when it was resolved."""
    waiting_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the first of the visitor's words after that was sent; None when there are none."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the team was reminded of that; None when it was not yet."""
    mailed_upto: Mapped[int | None] = mapped_column(BigInteger)
    """What `answered_upto` was when agents were last told by mail of who waits; None when they never were."""
    status: Mapped[str] = mapped_column(String(8), default="open")
    """open, snoozed or resolved."""
    snoozed_until: Mapped[datetime | None] = mapped_column(Moment)
    """When a snoozed conversation opens by itself; None when only the visitor's next message opens it."""
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    """Who answers it: an agent, a bot, or nobody."""
    assigned_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was given to them."""
    bot_due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a bot that has it hands it over, unless it has answered or is typing; None when nothing is due from one."""
    case_id: Mapped[str | None] = mapped_column(String(16))
    """Its newest case; None until something is written in it. No foreign key: the two tables would need each other."""
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    """Raised, under the row's lock, by every change that a list of conversations shows: of two pictures of the same
    conversation that reach a tab in the wrong order, it tells the newer one."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now)

    members: Mapped[list[Member]] = relationship(
        back_populates="conversation", order_by="(Member.joined_at, Member.id)"
    )
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    case: Mapped[Case | None] = relationship(
        primaryjoin="foreign(Conversation.case_id) == Case.id", viewonly=True, uselist=False
    )
    labels: Mapped[list[Label]] = relationship(secondary="conversation_labels", order_by="Label.name", viewonly=True)

    @property
    def present(self) -> list[Member]:
        """The members who have not left."""
        return [member for member in self.members if member.left_at is None]

    def present_with(self, me: Member) -> list[Member]:
        """The members who are here, or for somebody who has left, who were when they did."""
        if me.left_at is None:
            return self.present
        until = me.left_at
        return [it for it in self.members if it.joined_at <= until and (it.left_at is None or it.left_at >= until)]


class Member(Base):
    """A member in a conversation, with the two watermarks that are its receipts."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    delivered_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    read_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    role: Mapped[str] = mapped_column(String(8), default="owner")
    """owner or member."""
    joined_at: Mapped[datetime] = mapped_column(Moment, default=now)
    joined_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The first message of which their stream tells them; those before it they find in the history."""
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    left_seq: Mapped[int | None] = mapped_column(BigInteger)
    """The last message that somebody who has left may see."""
    left_title: Mapped[str | None] = mapped_column(String(100))
    """What the group was called then."""
    removed: Mapped[bool] = mapped_column(default=False)
    """Removed by an owner; an invitation does not let them in again."""
    invite_token: Mapped[str | None] = mapped_column(String(43))
    """The invitation by which they joined."""

    without_notes = False
    """Of the team's member: whether it is as a bot has it that may see no note; see `visibility`."""

    user: Mapped[User] = relationship()
    conversation: Mapped[Conversation] = relationship(back_populates="members")


class Invite(Base):
    """A link that lets its bearer join a conversation until it expires."""

    __tablename__ = "invites"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    """Who made it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """Revoking brings it forward."""

    user: Mapped[User] = relationship()
