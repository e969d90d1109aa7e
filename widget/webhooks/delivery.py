"""Delivering: one event to its receiver, and what the receiver answers."""

from __future__ import annotations

import json
import uuid
from typing import Any

from widget import extensions, fetch, i18n
from widget.chat.conversations import handover
from widget.chat.errors import Refusal, Unprocessable
from widget.chat.messages import content, sending
from widget.chat.users import bots
from widget.i18n import _
from widget.models import BODY_LIMIT, User, WebhookDelivery
from widget.text import clean
from widget.webhooks import outbox, request
from widget.webhooks.outbox import Outcome

SECONDS = 10
"""How long a receiver may take, with everything."""

ANSWER = 256 * 1024
"""How much of an answer is read, in bytes."""

QUICK_TRIES = 4
"""After how many tries, within seconds, a bot's conversation goes to people."""

MOST_MESSAGES = 10
"""How many messages an answer may bring."""


def deliver(delivery: WebhookDelivery) -> str:
    """Try to deliver an event, and post what the receiver answers it with; returns the event's state."""
    try:
        with i18n.reader(None):
            delivery.body = delivery.body or request.body(delivery)
        outcome, answer = _post(delivery, delivery.body)
    except Refusal as refusal:  # the bot cannot see it any more
        outcome, answer = Outcome(None, refusal.reason), b""
    if outcome.status == 200 and answer:
        outcome = outcome._replace(reason=_answered(delivery, answer))
    state = outbox.settle(delivery, outcome)
    if not outcome.taken and delivery.attempts + 1 >= QUICK_TRIES:
        handover.hand_over_failed(delivery.webhook.bot, delivery.conversation_id)
    return state


def _post(delivery: WebhookDelivery, body: str) -> tuple[Outcome, bytes]:
    headers = request.headers(delivery.event_id, body, delivery.webhook.secret)
    private = extensions.settings().webhooks_private
    try:
        answer = fetch.post(delivery.webhook.url, body.encode(), headers, ANSWER, SECONDS, private)
    except fetch.Unfetched as error:
        return Outcome(None, str(error)[:300]), b""
    outcome = Outcome(answer.status, None)
    return (outcome if outcome.taken else outcome._replace(reason=f"it answers {answer.status}")), answer.body


def _answered(delivery: WebhookDelivery, answer: bytes) -> str | None:
    """Post what an answer brings, each message once however often it comes; returns what is wrong with it, or None."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return None  # nothing that is meant for the chat: a page, or "ok"
    messages = found.get("messages") if isinstance(found, dict) else None
    if messages is None:
        return None
    bot = delivery.webhook.bot
    try:
        if not isinstance(messages, list) or len(messages) > MOST_MESSAGES:
            raise Unprocessable(_("messages must be a list of at most %(most)s.", most=MOST_MESSAGES))
        bots.require_scope(bot, "write")
        for place, message in enumerate(messages):
            _send(bot, delivery, place, message)
    except Refusal as refusal:
        return refusal.reason[:300]
    return None


def _send(bot: User, delivery: WebhookDelivery, place: int, message: Any) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("body", ""), str):
        raise Unprocessable(_("messages[%(place)s] must be an object with a body.", place=place))
    body = clean.text(message.get("body", ""))
    offered = content.check(message["content"]) if message.get("content") is not None else None
    if len(body) > BODY_LIMIT:
        raise Unprocessable(_("messages[%(place)s].body is too long.", place=place))
    client_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{delivery.webhook_id}/{delivery.event_id}/{place}"))
    sending.send(bot, delivery.conversation_id, body, client_id, offered=offered)
