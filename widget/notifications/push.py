"""Sending a notification to a browser's push service: encrypted for the browser (RFC 8291), signed for the service."""

from __future__ import annotations

import json
from datetime import timedelta

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from widget import db, extensions, fetch, i18n
from widget.chat.calls.states import RING
from widget.i18n import _
from widget.models import Message, Notification, PersonNote
from widget.notifications import push_keys, recipients, ringing, subscriptions
from widget.notifications.queue import Refused, RetryLater
from widget.text import clean
from widget.web import serializers

KEPT = timedelta(hours=12)
"""For how long the push service keeps it for a browser that is not there; a call no longer than it rings."""

PATIENCE = 10
"""Seconds that the push service has to answer."""

ANSWER = 64 * 1024
"""How much it may have to say, in bytes."""

_GONE = (404, 410)
_LATER = (408, 429)


def send(notification: Notification) -> bool:
    """Send the push that this notification stands for; False when there is nothing, or nobody, to tell any more.

    A subscription that the service does not know any more goes. Raises RetryLater and Refused.
    """
    browser = subscriptions.get(notification.subscription_id or "")
    shown = _shown(notification)
    if browser is None or shown is None:
        return False
    kept = RING if ringing.is_urgent(notification) else KEPT
    sealed = http_ece.encrypt(
        json.dumps(shown).encode(),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=push_keys.decode(browser.p256dh),
        auth_secret=push_keys.decode(browser.auth),
    )
    headers = {
        "Authorization": push_keys.authorization(browser.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(round(kept.total_seconds())),
        "Topic": notification.conversation_id,  # a later one about the same conversation takes its place
        "Urgency": "high",
        "User-Agent": "chat-popup push",
    }
    try:
        answer = fetch.post(browser.endpoint, sealed, headers, ANSWER, PATIENCE, extensions.settings().push_private)
    except fetch.Unfetched as error:
        raise RetryLater(str(error)) from error
    if answer.status in _GONE:
        subscriptions.expire(browser.id)
        return False
    if answer.status in _LATER or answer.status >= 500:
        raise RetryLater(f"the push service answers {answer.status}", _after(answer.retry_after))
    if not 200 <= answer.status < 300:
        raise Refused(f"the push service answers {answer.status}")
    return True


def _after(seconds: str) -> timedelta | None:
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isascii() and seconds.isdigit() else None


def _shown(notification: Notification) -> dict[str, str] | None:
    """What the browser shows: who, and unless the agent wants no words on screens, what they have written; or that they
    call. None when there is nothing to tell any more."""
    agent = notification.user
    where = {"conversation": notification.conversation_id, "url": f"/inbox/{notification.conversation_id}"}
    with db.reading() as session, i18n.reader(agent.locale):
        if agent.removed_at:
            return None
        if notification.message_id is None:
            told = ringing.shown(session, notification)
            return told | where if told else None
        words = recipients.preferences(session, agent.id).words
        note = session.get(PersonNote, notification.message_id)
        if note is not None:
            title = _("%(name)s has mentioned you", name=clean.line(note.author.name))
            body = serializers.person_note_summary(note) if words else _("A new message")
            return where | {"kind": "message", "title": title, "body": body}
        message = session.get(Message, notification.message_id)
        if message is None or message.deleted_at:
            return None
        name = clean.line(message.sender.name)
        return where | {
            "kind": "message",
            "title": _("%(name)s has mentioned you", name=name) if message.private else name,
            "body": serializers.summary(message, message.body) if words else _("A new message"),
        }
