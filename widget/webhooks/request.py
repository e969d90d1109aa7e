"""The request that tells a receiver of an event, as Standard Webhooks has it (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from widget.chat.conversations import views, visibility
from widget.chat.messages import history
from widget.models import WebhookDelivery
from widget.web import serializers


def body(delivery: WebhookDelivery) -> str:
    """What a receiver is told: the event, with the message and the conversation as its bot has them now."""
    bot = delivery.webhook.bot
    data: serializers.Json = {"number": delivery.number}
    view = views.get(bot, delivery.conversation_id)
    data["conversation"] = serializers.conversation(view)
    if delivery.message_id is not None:
        newest = view.last is not None and view.last.id == delivery.message_id
        message = view.last if newest else history.load(delivery.message_id)
        seen = message is not None and visibility.may_see(view.me, message)
        members = view.conversation.members
        data["message"] = serializers.message(message, view.me, members, bot.id) if message and seen else None
    event = {
        "id": delivery.event_id,
        "type": delivery.type,
        "created_at": serializers.iso_time(delivery.created_at),
        "data": data | (delivery.detail or {}),
    }
    return json.dumps(event, ensure_ascii=False)


def headers(event_id: str, body: str, secret: str, at: int | None = None) -> dict[str, str]:
    """The headers of a request with this body, signed with `secret` at the time `at` (seconds since 1970; now)."""
    moment = str(int(time.time()) if at is None else at)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event_id}.{moment}.{body}".encode(), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
