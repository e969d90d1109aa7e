"""The team's work: cases, labels, canned answers, how far each agent has read, who is blocked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now, partial
from widget.models.users import User


class Case(Base):
    """The work in a conversation from the first question to "resolved"."""

    __tablename__ = "cases"
    __table_args__ = (
        # All that the numbers of a period are counted from.
        Index(
            "cases_numbers",
            *("opened_at", "assignee_id", "resolved_by", "rating_score", "answer_seconds", "resolve_seconds"),
        ),
        Index("cases_resolved", "resolved_at", **partial("resolved_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(Moment, default=now)
    first_answer_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a person of the team answered first."""
    answer_seconds: Mapped[int | None] = mapped_column(Integer)
    """How long that took; kept by `keep_durations`, like the next one."""
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    """None while there is work in it, also after it was reopened."""
    resolve_seconds: Mapped[int | None] = mapped_column(Integer)
    """How long it took until then."""
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Who resolved it; the team when a rule did."""
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Who answered it last; the conversation's assignee while it is open."""
    handed_over_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a bot gave it to people; None while none had it, and once it has one again. Bots say nothing more in it."""
    reopened: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was resolved too early."""
    rating_asked: Mapped[bool] = mapped_column(default=False)
    rating_score: Mapped[int | None] = mapped_column(Integer)
    """1 (bad) to 5 (good)."""
    rating_comment: Mapped[str | None] = mapped_column(Text)
    rated_at: Mapped[datetime | None] = mapped_column(Moment)

    def keep_durations(self) -> None:
        """Let the durations be those between its times, in whole seconds; done whenever a case is written."""
        self.answer_seconds = _seconds(self.opened_at, self.first_answer_at)
        self.resolve_seconds = _seconds(self.opened_at, self.resolved_at)


def _seconds(begin: datetime, end: datetime | None) -> int | None:
    return int((end - begin).total_seconds()) if end else None


@event.listens_for(Case, "before_insert")
@event.listens_for(Case, "before_update")
def _about_to_be_written(_mapper: object, _connection: object, case: Case) -> None:
    case.keep_durations()


class Label(Base):
    """A word that the team puts on conversations."""

    __tablename__ = "labels"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """The name in lower case: no two labels differ in that only."""
    color: Mapped[str | None] = mapped_column(String(7))
    """#rrggbb."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class ConversationLabel(Base):
    """A label on a conversation."""

    __tablename__ = "conversation_labels"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    label_id: Mapped[str] = mapped_column(ForeignKey("labels.id"), primary_key=True, index=True)


class CannedAnswer(Base):
    """A text that agents insert by a short name."""

    __tablename__ = "canned_answers"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    short: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    uses: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was inserted."""
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Whose own it is; None when all agents share it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class FormAnswer(Base):
    """A message that fills in a form of the settings; the values stand in the message."""

    __tablename__ = "form_answers"
    __table_args__ = (Index("form_answers_list", "form", "created_at", "message_id"),)

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    form: Mapped[str] = mapped_column(String(40))
    """The name of the form in the settings."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class AgentRead(Base):
    """How far an agent has read a conversation; what visitors are told is how far the team has."""

    __tablename__ = "agent_reads"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    read_upto: Mapped[int] = mapped_column(BigInteger, default=0)


class Block(Base):
    """A visitor or a network address that nothing is taken from."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8))
    """visitor or address."""
    value: Mapped[str] = mapped_column(String(64))
    """A visitor's id, or an address of IPv4 or IPv6."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    by: Mapped[User] = relationship()
