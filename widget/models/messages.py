"""Messages, what is put on them, and what is still to be done with one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now

if TYPE_CHECKING:
    from widget.models.calls import Call
    from widget.models.enclosures import Attachment, MessageLink
    from widget.models.people import User

BODY_LIMIT = 8000
"""The longest message, in characters."""

LINES = ("system", "call")
"""The kinds of messages that say what happened. Nobody wrote them, so nobody can change them."""


class Message(Base):
    """One thing said. `(sender, client_id)` is unique, which is what makes sending again harmless."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("sender_id", "client_id"),
        Index(
            "messages_answers",
            "created_at",
            sqlite_where=text("answered_after IS NOT NULL"),
            postgresql_where=text("answered_after IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    """The chair it was said from: the team's, for every agent."""
    sender_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who said it."""
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(8), default="text")
    """text; image, audio, video or file after what it carries; or one of LINES."""
    body: Mapped[str] = mapped_column(Text)
    """Empty once it is deleted."""
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    forwarded: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was changed: of two pictures of it, the one with the higher version holds."""
    answered_after: Mapped[int | None] = mapped_column(Integer)
    """For the team's answer to somebody who waited: how long they did, in seconds."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    sender: Mapped[User] = relationship()
    original: Mapped[Message | None] = relationship(remote_side=[id])
    """The message that this one answers."""
    reactions: Mapped[list[Reaction]] = relationship(order_by="Reaction.created_at")
    call: Mapped[Call | None] = relationship(back_populates="message")
    """The call that this line tells of."""
    attachment: Mapped[Attachment | None] = relationship(back_populates="message")
    link: Mapped[MessageLink | None] = relationship()
    refusal: Mapped[Outbox | None] = relationship(
        primaryjoin="and_(Outbox.message_id == Message.id, Outbox.version == 0, Outbox.state == 'failed')",
        uselist=False,
        viewonly=True,
    )
    """Its entry in the outbox, if mesibo does not take it."""


class Reaction(Base):
    """An emoji that a chair has put on a message; one each."""

    __tablename__ = "reactions"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who did."""
    emoji: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship()


class Unpublished(Base):
    """A message, or a change of one, that is committed and not yet known to be in every member's log; see `sweeper`."""

    __tablename__ = "unpublished"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """The message's version that is to be published."""
    first: Mapped[bool] = mapped_column(default=True)
    """Whether the tabs do not know the message at all yet."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class Outbox(Base):
    """What is on its way to the agents' mesibo apps: a message, or a change of one. Written in its transaction."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("message_id", "version"), Index("outbox_waiting", "state", "id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    version: Mapped[int] = mapped_column(Integer, default=0)
    """0 for the message itself; for an edit or a deletion, the version that it made."""
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting; handing (it is being handed over now); perhaps (whoever handed it over did not live to tell); sent;
    failed."""
    mid: Mapped[int | None] = mapped_column(BigInteger)
    """The number that it is handed over under, where the link chooses that itself."""
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it failed, in one sentence."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    handed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
