"""The chat's events as webhooks know them: a row for each webhook, in the transaction of what it tells of."""

from __future__ import annotations

from sqlalchemy.orm import Session

from widget.chat import events
from widget.models import Call, Case, Conversation, Message, User
from widget.web import serializers
from widget.webhooks import outbox


def connect() -> None:
    """Subscribe to the chat's events. Connecting again changes nothing."""
    events.message_committing.connect(_message_committing)
    events.conversation_created.connect(_conversation_created)
    events.conversation_assigned.connect(_conversation_assigned)
    events.conversation_resolved.connect(_conversation_resolved)
    events.conversation_reopened.connect(_conversation_reopened)
    events.rating_created.connect(_rating_created)
    events.form_submitted.connect(_form_submitted)
    events.call_ended.connect(_call_ended)


def _message_committing(message: Message, session: Session, has_webhooks: bool = True, **_: object) -> None:
    if not has_webhooks:
        return
    type_ = "message.updated" if message.version else "message.created"
    where, own = message.conversation_id, message.sender_id
    outbox.add(session, type_, where, message.id, private=message.private, but=own)


def _conversation_created(conversation: Conversation, session: Session, **_: object) -> None:
    outbox.add(session, "conversation.created", conversation.id)


def _conversation_assigned(conversation: Conversation, session: Session, assignee: User | None, by: User) -> None:
    detail: dict[str, object] = {"assignee": serializers.user(assignee) if assignee else None}
    outbox.add(session, "conversation.assigned", conversation.id, detail=detail | {"by": serializers.user(by)})


def _conversation_resolved(conversation: Conversation, session: Session, case: Case, by: User) -> None:
    detail: dict[str, object] = {"case": case.id, "by": serializers.user(by)}
    outbox.add(session, "conversation.resolved", conversation.id, detail=detail)


def _conversation_reopened(conversation: Conversation, session: Session, case: Case, by: User) -> None:
    detail: dict[str, object] = {"case": case.id, "by": serializers.user(by)}
    outbox.add(session, "conversation.reopened", conversation.id, detail=detail)


def _rating_created(case: Case, session: Session, conversation: Conversation) -> None:
    detail: dict[str, object] = {"case": case.id, "rating": serializers.rating(case)}
    outbox.add(session, "rating.created", conversation.id, detail=detail)


def _form_submitted(message: Message, session: Session, form: dict[str, str], values: dict[str, object]) -> None:
    detail: dict[str, object] = {"form": form, "values": values}
    outbox.add(session, "form.submitted", message.conversation_id, message.id, detail=detail)


def _call_ended(call: Call, session: Session) -> None:
    told = {"id": call.id, "media": call.media, "outcome": call.state, "duration": call.duration}
    outbox.add(session, "call.ended", call.conversation_id, detail={"call": told})
