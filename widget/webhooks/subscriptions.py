"""Subscriptions: which of a bot's addresses is told of which types of events."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from widget import db
from widget.chat.errors import NotFound, Unprocessable
from widget.i18n import _, listing
from widget.models import User, Webhook
from widget.text import addresses

TYPES = (
    "message.created",
    "message.updated",
    "conversation.created",
    "conversation.assigned",
    "conversation.resolved",
    "conversation.reopened",
    "form.submitted",
    "rating.created",
    "call.ended",
)

MOST = 50
"""How many there may be: each may keep a few requests of this server's waiting."""

URL_LIMIT = 2000


def add(bot: User, url: str, types: Iterable[str] = TYPES) -> Webhook:
    """Tell this address of these types of events from now on, as much of them as the bot may see.

    Its secret (Standard Webhooks' `whsec_…`) is random. Raises Unprocessable for what is no address of the web, for an
    unknown type, and for one webhook too many.
    """
    wanted = check(url, types)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    kept = " ".join(it for it in TYPES if it in wanted)
    webhook = Webhook(bot_id=bot.id, url=url, secret=secret, types=f" {kept} ")
    with db.transaction() as session:
        if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
            raise Unprocessable(_("There are %(most)s webhooks already; remove one first.", most=MOST))
        session.add(webhook)
    return webhook


def check(url: str, types: Iterable[str]) -> set[str]:
    """The types, if these and the address can be used; raises Unprocessable like `add`."""
    address, wanted = addresses.parse(url), set(types)
    if address is None or address.has_credentials or len(url) > URL_LIMIT:
        raise Unprocessable(_("A webhook needs an address that starts with https:// or http://."))
    if not wanted or not wanted <= set(TYPES):
        raise Unprocessable(_("The types of events are %(types)s.", types=listing(TYPES)))
    return wanted


def list_of(bot: User) -> list[Webhook]:
    """A bot's webhooks, the oldest first."""
    with db.reading() as session:
        query = select(Webhook).where(Webhook.bot_id == bot.id).options(joinedload(Webhook.bot))
        return list(session.scalars(query.order_by(Webhook.created_at, Webhook.id)))


def get(bot: User, webhook_id: str) -> Webhook:
    """One of a bot's webhooks; raises NotFound."""
    found = next((it for it in list_of(bot) if it.id == webhook_id), None)
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def remove(bot: User, webhook_id: str) -> None:
    """Tell this address nothing more, not even of what waits for it; raises NotFound."""
    get(bot, webhook_id)
    with db.transaction() as session:
        session.execute(delete(Webhook).where(Webhook.id == webhook_id))
