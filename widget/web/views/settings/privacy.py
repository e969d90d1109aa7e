"""What is kept for how long, what agents must have, and the limits that hold."""

from __future__ import annotations

from werkzeug.wrappers import Response

from widget import extensions
from widget.chat import team_settings
from widget.chat.errors import Unprocessable
from widget.i18n import _, lazy
from widget.models import User
from widget.web import fields
from widget.web.serializers import Json
from widget.web.views.settings import frame

AREA = "privacy"

MOST = {"retention_days": 36_500, "edit_minutes": 5_256_000, "case_reopen_hours": 8760}
"""The highest number of each."""


@frame.area(AREA, lazy("Privacy and limits"))
def page(_agent: User) -> Json:
    """What can be set here, and what only whoever runs the server sets."""
    ours = extensions.settings()
    return {
        "privacy": team_settings.load(AREA),
        "most": MOST,
        "limits": {
            "MAX_UPLOAD_MB": ours.max_upload_mb,
            "VISITOR_DAILY_MB": ours.visitor_daily_mb,
            "ADDRESS_DAILY_MB": ours.address_daily_mb,
            "VISITOR_MESSAGES": ", ".join(f"{most}/{seconds}" for most, seconds in ours.visitor_messages),
            "LINK_PREVIEWS": "on" if ours.link_previews else "off",
            "ALLOWED_ORIGINS": ", ".join(ours.allowed_origins),
        },
    }


@frame.bp.patch("/privacy")
def change_privacy() -> Response:
    """`retention_days` (0: for ever), `edit_minutes`, `case_reopen_hours`, `require_second_factor`."""
    form = fields.body()
    found: Json = {name: _number(form, name, most) for name, most in MOST.items() if name in form}
    if "require_second_factor" in form:
        found["require_second_factor"] = fields.switch(form, "require_second_factor") is True
        if found["require_second_factor"] and frame.agent().totp_secret is None:
            raise Unprocessable(_("Set up your own second factor first, at /inbox/sessions."))
    team_settings.put(frame.agent(), AREA, found)
    return frame.changed(AREA)


def _number(form: fields.Fields, name: str, most: int) -> int:
    found = fields.whole_number(form[name] or 0, name)
    if found > most:
        raise Unprocessable(_("%(name)s must be at most %(most)s.", name=name, most=most))
    return found
