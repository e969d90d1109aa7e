"""How long visitors wait for the team: measured at every answer, and shown to later visitors."""

from __future__ import annotations

from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import team_settings
from widget.models import SYSTEM_KINDS, Message

RECENT = 50
"""How many answers the usual time is computed from."""


def seconds_waited(session: Session, answer: Message) -> int | None:
    """How long somebody had waited for this message of the team, in seconds; None when nobody did."""
    before = (
        select(Message)
        .where(
            Message.conversation_id == answer.conversation_id,
            Message.seq < answer.seq,
            Message.kind.not_in(SYSTEM_KINDS),
        )
        .where(Message.private.is_(False))
    )
    ours = session.scalar(before.where(Message.member_id == answer.member_id).order_by(Message.seq.desc()).limit(1))
    since = before.where(Message.seq > (ours.seq if ours else 0)).order_by(Message.seq).limit(1)
    question = session.scalar(since)
    return round((answer.created_at - question.created_at).total_seconds()) if question else None


def shown_seconds() -> float | None:
    """The usual time, unless the owner does not want it to be told."""
    return usual_seconds() if team_settings.load("hours")["show_response_time"] else None


def usual_seconds() -> float | None:
    """The median of the last answers, in seconds; None before the first."""
    with db.reading() as session:
        recent = session.scalars(
            select(Message.answered_after)
            .where(Message.answered_after.is_not(None))
            .order_by(Message.created_at.desc())
            .limit(RECENT)
        ).all()
    return median(seconds for seconds in recent if seconds is not None) if recent else None
