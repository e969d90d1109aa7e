"""What is searched in: messages and people as folded text (see `text.folding`), with an index on parts of words."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from widget.models.base import Base

GRAMS = ARRAY(Integer).with_variant(Text(), "sqlite")
"""On PostgreSQL the numbers of all runs of three characters, under a GIN index; on SQLite FTS5 keeps that by itself."""


class MessageSearch(Base):
    """The words of a message and the name of its file. SQLite's FTS5 table follows it by triggers."""

    __tablename__ = "message_search"
    __table_args__ = (Index("message_search_conversation", "conversation_id", "position"),)

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """When it was sent, in milliseconds, and some bits of its id behind that: sorted, the newest is last."""
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(String(16))
    private: Mapped[bool] = mapped_column(Boolean, default=False)
    """A note: for the team only."""
    text: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[int] | None] = mapped_column(GRAMS)


class UserSearch(Base):
    """A visitor's name, e-mail address and ids."""

    __tablename__ = "user_search"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[int] | None] = mapped_column(GRAMS)


class Backfill(Base):
    """How far something has got that is done for old rows in steps, while the chat goes on."""

    __tablename__ = "backfills"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    cursor: Mapped[str] = mapped_column(String(100), default="")
    """What was done last; empty at the beginning."""
