"""Bots: which programs are in the team, what they may do, what their webhooks were told."""

from __future__ import annotations

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from widget.chat import team_settings
from widget.chat.errors import Unprocessable
from widget.chat.users import bots
from widget.i18n import _, lazy
from widget.models import User, Webhook, WebhookDelivery
from widget.web import fields, serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame
from widget.webhooks import outbox, subscriptions

LONGEST_PATIENCE = 3600


@frame.area("bots", lazy("Bots"), styles="settings_people+settings_bots")
def page(_agent: User) -> Json:
    """All bots with their webhooks; `made`: the secrets that were made just now, and are shown this once."""
    return {
        "bots": [_bot(*listed) for listed in bots.list_all()],
        "made": g.get("made"),
        "scopes": list(bots.SCOPES),
        "types": list(subscriptions.TYPES),
        "answer_within_seconds": team_settings.load("bots")["answer_within_seconds"],
    }


def _bot(it: User, tokens: int) -> Json:
    hooks = [_webhook(hook) for hook in subscriptions.list_of(it)]
    scopes = (it.scopes or "").split()
    found = {"scopes": scopes, "first_responder": it.first_responder, "has_token": bool(tokens), "webhooks": hooks}
    return serializers.user(it) | found


def _webhook(it: Webhook) -> Json:
    newest = outbox.page(it, most=1)
    return _address(it) | {"last": _delivery(newest[0]) if newest else None}


def _address(it: Webhook) -> Json:
    return {"id": it.id, "url": it.url, "types": it.types.split()}


def _delivery(it: WebhookDelivery) -> Json:
    return {
        "id": it.id,
        "event": it.event_id,
        "type": it.type,
        "number": it.number,
        "state": it.state,
        "attempts": it.attempts,
        "status": it.status,
        "reason": it.reason,
        "created_at": serializers.iso_time(it.created_at),
        "body": it.body,
    }


@frame.bp.post("/bots")
def create_bot() -> AnyResponse:
    """A new one: `name`, `scopes`, `first` (it answers first), perhaps a `picture`, and the `url` of a webhook."""
    form = fields.body()
    url = fields.exact(form, "url", subscriptions.URL_LIMIT)
    if url is not None:
        subscriptions.check(url, subscriptions.TYPES)
    name, scopes = fields.line(form, "name", bots.NAME_LIMIT) or "", _scopes(form)
    bot, token = bots.add(name, scopes, fields.web_address(form, "picture"), by=frame.agent())
    if fields.switch(form, "first"):
        bots.set_first_responder(bot.name, True, by=frame.agent())
    g.made = {"name": bot.name, "token": token}
    if url is not None:
        g.made["secret"] = subscriptions.add(bot, url).secret
    return frame.changed("bots")


def _scopes(form: fields.Fields) -> list[str]:
    """A list, or a switch for each; without any, reading and writing."""
    given = fields.names(form, "scopes", 20, len(bots.SCOPES))
    return given or [it for it in bots.SCOPES if fields.switch(form, f"scope_{it}")] or list(bots.SCOPES[:2])


@frame.bp.post("/bots/patience")
def change_patience() -> AnyResponse:
    """After how many seconds of silence a bot hands over (`answer_within_seconds`)."""
    seconds = fields.whole_number(fields.body().get("answer_within_seconds"), "answer_within_seconds")
    if not 1 <= seconds <= LONGEST_PATIENCE:
        raise Unprocessable(_("answer_within_seconds must be from 1 to %(most)s.", most=LONGEST_PATIENCE))
    team_settings.put(frame.agent(), "bots", {"answer_within_seconds": seconds})
    return frame.changed("bots")


@frame.bp.patch("/bots/<id:bot_id>")
def change_bot(bot_id: str) -> AnyResponse:
    """Whether it answers `first`."""
    bot = bots.find(bot_id)
    bots.set_first_responder(bot.name, fields.switch(fields.body(), "first") is True, by=frame.agent())
    return frame.changed("bots")


@frame.bp.post("/bots/<id:bot_id>/token")
def rotate_token(bot_id: str) -> AnyResponse:
    """Another token; the one before is worthless."""
    bot = bots.find(bot_id)
    g.made = {"name": bot.name, "token": bots.rotate(bot.name, by=frame.agent())}
    return frame.changed("bots")


@frame.bp.delete("/bots/<id:bot_id>/token")
def revoke_token(bot_id: str) -> AnyResponse:
    """No token, until another one is made."""
    bots.revoke(bots.find(bot_id).name, by=frame.agent())
    return frame.changed("bots")


@frame.bp.delete("/bots/<id:bot_id>")
def remove_bot(bot_id: str) -> AnyResponse:
    """Take it out of the team."""
    bots.remove(bots.find(bot_id).name, by=frame.agent())
    return frame.changed("bots")


@frame.bp.post("/bots/<id:bot_id>/webhooks")
def add_webhook(bot_id: str) -> AnyResponse:
    """Tell a `url` of its `types` of events, a list, or a switch for each; all of them when they are left out."""
    bot, form = bots.find(bot_id), fields.body()
    types = fields.names(form, "types", 30, len(subscriptions.TYPES))
    types = (
        types or [it for it in subscriptions.TYPES if fields.switch(form, f"type_{it}")] or list(subscriptions.TYPES)
    )
    webhook = subscriptions.add(bot, fields.exact(form, "url", subscriptions.URL_LIMIT) or "", types)
    g.made = {"name": bot.name, "secret": webhook.secret}
    return frame.changed("bots")


@frame.bp.delete("/bots/<id:bot_id>/webhooks/<id:webhook_id>")
def remove_webhook(bot_id: str, webhook_id: str) -> AnyResponse:
    """Tell it nothing more."""
    subscriptions.remove(bots.find(bot_id), webhook_id)
    return frame.changed("bots")


@frame.bp.get("/bots/<id:bot_id>/webhooks/<id:webhook_id>")
def list_deliveries(bot_id: str, webhook_id: str) -> Response:
    """What a webhook was told, a page at a time: the newest, or what was earlier than the delivery `before`."""
    return _deliveries(bots.find(bot_id), webhook_id)


@frame.bp.post("/bots/<id:bot_id>/webhooks/<id:webhook_id>/deliveries/<int:delivery_id>")
def repeat_delivery(bot_id: str, webhook_id: str, delivery_id: int) -> Response:
    """Deliver something once more."""
    bot = bots.find(bot_id)
    outbox.repeat(subscriptions.get(bot, webhook_id), delivery_id)
    return _deliveries(bot, webhook_id, is_tried_again=True)


def _deliveries(bot: User, webhook_id: str, is_tried_again: bool = False) -> Response:
    webhook, before = subscriptions.get(bot, webhook_id), request.args.get("before", "")
    found = outbox.page(webhook, fields.whole_number(before, "before") if before else None)
    shape = {
        "bot": bot.id,
        "webhook": _address(webhook),
        "deliveries": [_delivery(it) for it in found],
        "next": found[-1].id if len(found) == outbox.PAGE else None,
        "before": before,
        "is_tried_again": is_tried_again,
    }
    return frame.part("bots", _("What %(name)s was told", name=bot.name), "settings/deliveries.html", shape)
