"""The outbox of webhooks: what is still to be delivered, in the order of each conversation.

An event waits for the one before it of the same conversation. What its receiver does not take for a minute is set
aside: it is tried again, ever more seldom, while the later ones go on, and given up after a day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from widget import db
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound
from widget.i18n import _
from widget.models import User, Webhook, WebhookDelivery, new_id, now

PATIENCE = timedelta(minutes=1)
"""For how long an event that is not taken holds up the later ones of its conversation."""

LIFETIME = timedelta(hours=24)
"""After how long it is given up, counted from the first try."""

LONGEST_PAUSE = 3600
"""Seconds between two tries at most."""

KEPT = timedelta(days=7)
"""For how long what was delivered or given up can be looked at."""

PAGE = 50

# Read from what waits, which is little, and not by looking back from each: there is a week of what was delivered.
_Waiting = aliased(WebhookDelivery)
_FIRST_OF_EACH = (
    select(func.min(_Waiting.id))
    .where(_Waiting.state == "waiting")
    .group_by(_Waiting.webhook_id, _Waiting.conversation_id)
)


class Outcome(NamedTuple):
    """What came of a try."""

    status: int | None
    """The receiver's HTTP status; None when it did not answer."""
    reason: str | None
    """What went wrong, in one sentence; None when nothing did."""

    @property
    def taken(self) -> bool:
        """Whether the receiver has it: any 2xx says so."""
        return self.status is not None and 200 <= self.status < 300


def add(
    session: Session,
    type: str,
    conversation_id: str,
    message_id: str | None = None,
    detail: dict[str, object] | None = None,
    private: bool = False,
    but: str | None = None,
) -> None:
    """Write down, in the transaction of what has happened in a conversation that is locked, whom to tell of it.

    What is `private` is for bots that may see notes; the bot `but` is not told, since it has done this itself.
    """
    # Every message asks, and mostly nobody is to be told: without the session's own way, which costs twice as much.
    told = session.connection().scalars(_told(private), {"type": f" {type} ", "but": but or ""}).all()
    event_id = f"evt_{new_id()}"
    for webhook_id in told:
        session.add(
            WebhookDelivery(
                event_id=event_id,
                webhook_id=webhook_id,
                conversation_id=conversation_id,
                number=_last_number(session, webhook_id, conversation_id) + 1,
                type=type,
                message_id=message_id,
                detail=detail,
            )
        )
        session.flush()


@cache
def _told(private: bool) -> Select[str]:
    # Made once: each message asks for it, and making it takes longer than the answer.
    bots = select(User.id).where(User.team_id == TEAM_ID, User.kind == "bot", User.removed_at.is_(None))
    if private:
        bots = bots.where(User.scopes.contains("notes"))
    # Not as a join: where there is no webhook yet, SQLite would look at each user whether they have one.
    told = select(Webhook.id).where(Webhook.bot_id.in_(bots), Webhook.bot_id != bindparam("but"))
    return told.where(Webhook.types.contains(bindparam("type")))


def _last_number(session: Session, webhook_id: str, conversation_id: str) -> int:
    own = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.conversation_id == conversation_id)
    newest = select(WebhookDelivery.number).where(*own).order_by(WebhookDelivery.id.desc()).limit(1)
    return session.scalar(newest) or 0


def _due() -> ColumnElement[bool]:
    in_turn = or_(WebhookDelivery.state == "aside", WebhookDelivery.id.in_(_FIRST_OF_EACH))
    return and_(WebhookDelivery.state.in_(("waiting", "aside")), WebhookDelivery.next_at <= now(), in_turn)


def has_webhooks() -> bool:
    """Whether there is any webhook in this deployment."""
    with db.read_connection() as connection:
        return connection.scalar(select(exists().select_from(Webhook))) or False


def webhooks_with_due() -> list[str]:
    """The ids of the webhooks that have something to be delivered now."""
    unsettled = (WebhookDelivery.state.in_(("waiting", "aside")), WebhookDelivery.next_at <= now())
    with db.reading() as session:
        return list(session.scalars(select(WebhookDelivery.webhook_id).where(*unsettled).distinct()))


def due(webhook_id: str, under_way: Collection[int], most: int) -> list[WebhookDelivery]:
    """What can be delivered to a webhook now, the oldest first, besides what is under way."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, _due())
    query = query.where(WebhookDelivery.id.not_in(under_way)).order_by(WebhookDelivery.id).limit(most)
    with db.reading() as session:
        return list(session.scalars(query.options(joinedload(WebhookDelivery.webhook).joinedload(Webhook.bot))))


def settle(delivery: WebhookDelivery, outcome: Outcome) -> str:
    """Write down what came of a try, and what was sent, so that every try sends the same; returns the state of the
    event from now on."""
    at = now()
    first = delivery.tried_at or at
    if outcome.taken:
        state = "taken"
    elif at - first >= LIFETIME:
        state = "failed"
    else:
        state = "aside" if delivery.state == "aside" or at - first >= PATIENCE else "waiting"
    pause = min(2**delivery.attempts, LONGEST_PAUSE)
    values = {
        "state": state,
        "body": delivery.body,
        "attempts": delivery.attempts + 1,
        "tried_at": first,
        "next_at": at + timedelta(seconds=pause),
        "status": outcome.status,
        "reason": outcome.reason,
    }
    with db.transaction() as session:
        session.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(values))
    return state


def page(webhook: Webhook, before: int | None = None, most: int = PAGE) -> list[WebhookDelivery]:
    """The newest deliveries to a webhook, `before` one of them; at most so many."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    with db.reading() as session:
        return list(session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(most)))


def repeat(webhook: Webhook, delivery_id: int) -> None:
    """Deliver something once more, now, beside what waits; raises NotFound."""
    own = (WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook.id)
    again = {"state": "aside", "next_at": now(), "attempts": 0, "tried_at": None}
    with db.transaction() as session:
        found = session.execute(update(WebhookDelivery).where(*own).values(again).returning(WebhookDelivery.id))
        if found.first() is None:
            raise NotFound(_("There is no such delivery."))


def delete_old() -> int:
    """Forget what was settled long ago, but the last of each conversation, from which the next one is counted."""
    later = aliased(WebhookDelivery)
    is_last = ~exists().where(
        later.webhook_id == WebhookDelivery.webhook_id,
        later.conversation_id == WebhookDelivery.conversation_id,
        later.id > WebhookDelivery.id,
    )
    old = (WebhookDelivery.state.in_(("taken", "failed")), WebhookDelivery.created_at < now() - KEPT, ~is_last)
    with db.transaction() as session:
        ids = list(session.scalars(select(WebhookDelivery.id).where(*old).limit(500)))
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
    return len(ids)
