"""The team's work: the state of a conversation, its case, labels, canned answers, and who of the team does what.

Nothing of this is ever put into a visitor's shape.
"""

from __future__ import annotations

from widget.models import Audit, Block, CannedAnswer, Case, Conversation, Label, PersonNote, User
from widget.text import clean
from widget.web.serializers.base import Json, iso_time, optional_time
from widget.web.serializers.users import user


def work(it: Conversation) -> Json:
    """What the team alone is told of a conversation."""
    return {
        "status": it.status,
        "proved": it.kind == "direct" and any(member.user.proved for member in it.members),
        "assignee": assignee(it.assignee) if it.assignee else None,
        "labels": [label.name for label in it.labels],
        "waiting_since": optional_time(it.waiting_since),
        "snoozed_until": optional_time(it.snoozed_until),
        "rating": rating(it.case) if it.case else None,
        "case": case(it.case) if it.case else None,
    }


def assignee(it: User) -> Json:
    """Who answers a conversation."""
    shape: Json = {"id": it.id, "name": it.name}
    return shape | {"bot": True} if it.kind == "bot" else shape


def case(it: Case) -> Json:
    """A case."""
    return {
        "id": it.id,
        "opened_at": iso_time(it.opened_at),
        "first_answer_at": optional_time(it.first_answer_at),
        "resolved_at": optional_time(it.resolved_at),
        "rating": rating(it),
    }


def rating(it: Case) -> Json | None:
    """What the visitor thought of a case; None when they did not say."""
    return None if it.rating_score is None else {"score": it.rating_score, "comment": it.rating_comment or ""}


def label(it: Label, count: int | None = None) -> Json:
    """A label; `count`: on how many conversations it is."""
    shape: Json = {"id": it.id, "name": it.name, "color": it.color}
    return shape if count is None else shape | {"conversations": count}


def canned(it: CannedAnswer) -> Json:
    """A canned answer; one that is not shared is the reader's own."""
    return {"id": it.id, "short": it.short, "text": it.text, "uses": it.uses, "shared": it.owner_id is None}


def agent(it: User, held: int) -> Json:
    """Somebody of the team, as colleagues see them; `open`: how many open conversations they have."""
    return user(it) | {
        "bot": it.kind == "bot",
        "role": it.role,
        "available": it.available,
        "away_since": optional_time(it.away_since),
        "capacity": it.capacity,
        "open": held,
    }


def audit(it: Audit) -> Json:
    """Something that somebody of the team did."""
    actor = {"id": it.actor.id, "name": user(it.actor)["name"]}
    return {"at": iso_time(it.at), "actor": actor, "action": it.action, "object": it.object, "detail": it.detail}


def block(it: Block) -> Json:
    """Whom nothing is taken from, and who blocked them."""
    return {
        "id": it.id,
        "kind": it.kind,
        "value": it.value,
        "reason": it.reason,
        "by": {"id": it.by.id, "name": it.by.name},
        "created_at": iso_time(it.created_at),
    }


def person_note(note: PersonNote, visitor: User) -> Json:
    """A note about a visitor, or with their name (`about`) another one who is the same person."""
    shape = {
        "id": note.id,
        "user": note.user_id,
        "author": user(note.author),
        "body": note.body,
        "created_at": iso_time(note.created_at),
        "edited_at": optional_time(note.edited_at),
    }
    return shape if note.user_id == visitor.id else shape | {"about": note.user.name}


def person_note_summary(note: PersonNote) -> str:
    """A note about a visitor on one line, which is plain text."""
    return clean.cut(clean.line(note.body), 120)
