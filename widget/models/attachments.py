"""What a message can carry: a file, and what its link leads to."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now

if TYPE_CHECKING:
    from widget.models.messages import Message


class Attachment(Base):
    """A file that a message carries, or will: it is uploaded first, piece by piece, and then sent.

    A forwarded file has a row for each message, and one `key`.
    """

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    """Who uploaded it, and may send it."""
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    """None before it is sent, and after the message was deleted."""
    key: Mapped[str] = mapped_column(String(40), default=lambda: secrets.token_hex(20), index=True)
    """What the storage knows it by."""
    name: Mapped[str] = mapped_column(String(255))
    """What people see: the name it had where it came from, cleaned."""
    size: Mapped[int] = mapped_column(BigInteger)
    """In bytes."""
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many bytes of it are here."""
    parts: Mapped[str] = mapped_column(Text, default="")
    """The pieces that have come so far, in order, by the last part of their keys, between spaces."""
    ready: Mapped[bool] = mapped_column(default=False)
    """Whether it is complete and was inspected; what follows is set from then on."""
    kind: Mapped[str] = mapped_column(String(8), default="file")
    """image, audio, video or file."""
    type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    """What its bytes say it is: a media type."""
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    """In pixels, as it is to be shown."""
    duration: Mapped[int | None] = mapped_column(Integer)
    """In milliseconds."""
    waveform: Mapped[str | None] = mapped_column(String(64))
    """How loud it is from its beginning to its end: digits from 0 to v (of base 32)."""
    thumbnail: Mapped[bool] = mapped_column(default=False)
    """Whether there is a thumbnail of it, under `key` and ".webp"."""
    placeholder: Mapped[str | None] = mapped_column(Text)
    """A data: address with a handful of its pixels, to be shown until it has loaded."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When it is thrown away, if it is in no message by then."""

    message: Mapped[Message | None] = relationship(back_populates="attachment")


class Preview(Base):
    """The preview of a page that somebody linked to, as it was when it was fetched."""

    __tablename__ = "previews"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    url_hash: Mapped[str] = mapped_column(String(64), index=True)
    """The SHA-256 of `url`, which may be longer than an index takes."""
    url: Mapped[str] = mapped_column(Text)
    found: Mapped[bool] = mapped_column(default=False)
    """Whether there was anything to show; that there was not is remembered, too."""
    title: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(String(500), default="")
    site: Mapped[str] = mapped_column(String(100), default="")
    key: Mapped[str | None] = mapped_column(String(40))
    """The key of its image in the storage."""
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    placeholder: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class MessageLink(Base):
    """The first link of a message, with its preview once that is known; it is gone when there is none to show."""

    __tablename__ = "message_links"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    preview_id: Mapped[str | None] = mapped_column(ForeignKey("previews.id"), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a process has begun to fetch the page."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often one has begun to."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    preview: Mapped[Preview | None] = relationship()
