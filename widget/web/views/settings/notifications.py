"""Notifications: what each agent wants to be told, and after which time mails are sent."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from widget.chat import team_settings
from widget.chat.errors import Unprocessable
from widget.i18n import _, lazy
from widget.models import User
from widget.notifications import mail, queue, recipients
from widget.web import fields
from widget.web.serializers import Json
from widget.web.views.settings import frame

LONGEST_WAIT = 1440
"""The most minutes after which a mail is sent."""


@frame.area("notifications", lazy("Notifications"))
def page(agent: User) -> Json:
    """What this agent wants to be told; and of the team, when mails are sent, and whether they can be."""
    chosen = recipients.preferences_of(agent)
    return {
        "mine": {channel: getattr(chosen, channel) for channel in recipients.CHANNELS} | {"words": chosen.words},
        "mail_after_minutes": team_settings.load("notifications")["mail_after_minutes"],
        "mail_is_set_up": mail.is_set_up(),
        "mail_error": queue.last_error("mail") if mail.is_set_up() else None,
    }


@frame.bp.post("/notifications")
def change_notifications() -> AnyResponse:
    """`mail_after_minutes`: how long a visitor waits before a mail says so; empty: no mails."""
    given = fields.body().get("mail_after_minutes")
    minutes = None if given in (None, "") else fields.whole_number(given, "mail_after_minutes")
    if minutes is not None and not 1 <= minutes <= LONGEST_WAIT:
        raise Unprocessable(_("mail_after_minutes must be from 1 to %(most)s, or empty.", most=LONGEST_WAIT))
    team_settings.put(frame.agent(), "notifications", {"mail_after_minutes": minutes})
    return frame.changed("notifications")


@frame.bp.post("/notifications/mine")
@frame.for_agents
def choose_notifications() -> AnyResponse:
    """Of which conversations one is told, by `mail`, `push`, `desktop` and `sound`; `words`: with the text or not."""
    form = fields.body()
    choices = {it: fields.one_of(form, it, *recipients.CHOICES) for it in recipients.CHANNELS if it in form}
    recipients.set_preferences(frame.agent(), choices, words=fields.switch(form, "words") is True)
    return frame.changed("notifications")
