"""Messages, what is put on them, and what is still to be done with one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now

if TYPE_CHECKING:
    from widget.models.attachments import Attachment, MessageLink
    from widget.models.calls import Call
    from widget.models.users import User

BODY_LIMIT = 8000
"""The longest message, in characters."""

SYSTEM_KINDS = ("system", "call")
"""The kinds of messages that say what happened. Nobody wrote them, so nobody can change them."""

FILE_KINDS = ("image", "audio", "video", "file")
"""The kinds of messages that carry a file."""

_FILES = "kind IN ('image', 'audio', 'video', 'file')"

IS_FILE = text(f"messages.{_FILES}")
"""For a query of messages: that one carries a file, or did. In words and not as values, or the index is not used."""


class Message(Base):
    """An entry of a conversation. `(sender, client_id)` is unique, which is what makes sending again harmless."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("sender_id", "client_id"),
        Index("messages_time", "conversation_id", "created_at"),
        Index(
            "messages_files",
            "conversation_id",
            "created_at",
            sqlite_where=text(_FILES),
            postgresql_where=text(_FILES),
        ),
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
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    """The member that sent it: the team's, for every agent."""
    sender_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who wrote it."""
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(8), default="text")
    """text; image, audio, video or file after what it carries; or one of SYSTEM_KINDS."""
    body: Mapped[str] = mapped_column(Text)
    """Empty once it is deleted. Of one of SYSTEM_KINDS, its sentence in the site's language."""
    event: Mapped[str | None] = mapped_column(String(20))
    """What happened, of one of SYSTEM_KINDS; how it is told stands in `chat.messages.system`."""
    params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The values of the event: names, as they were then, or what became of a call."""
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What it offers to be answered with a click; see `chat.messages.content`. `body` says it in plain text."""
    answered: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was chosen of that: `message`, which carries the answer, `by` whom, and the `value` or the `values`."""
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a message that answers another one's content: `message`, which one, and the `value` or the `values`."""
    private: Mapped[bool] = mapped_column(default=False)
    """For the team only: a note, or a system message about its work."""
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), index=True)
    forwarded: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was changed: of two pictures of it, the one with the higher version holds."""
    answered_after: Mapped[int | None] = mapped_column(Integer)
    """For the team's answer to somebody who waited: how long they did, in seconds."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    external_error: Mapped[str | None] = mapped_column(String(200))
    """Why it could not be delivered outside (to the agents' apps), in one sentence for the team."""

    sender: Mapped[User] = relationship()
    original: Mapped[Message | None] = relationship(remote_side=[id])
    """The message that this one answers."""
    reactions: Mapped[list[Reaction]] = relationship(order_by="Reaction.created_at")
    call: Mapped[Call | None] = relationship(back_populates="message")
    """The call that this line tells of."""
    attachment: Mapped[Attachment | None] = relationship(back_populates="message")
    link: Mapped[MessageLink | None] = relationship()


class Reaction(Base):
    """An emoji that a member has put on a message; one each."""

    __tablename__ = "reactions"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    """The person who did."""
    emoji: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship()


class Outbox(Base):
    """A message, or a change of one, that is committed and not yet known to be in every member's log; see `sweeper`."""

    __tablename__ = "outbox"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """The message's version that is to be published."""
    first: Mapped[bool] = mapped_column(default=True)
    """Whether the tabs do not know the message at all yet."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
