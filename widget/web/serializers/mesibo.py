"""How the connection to the agents' mesibo apps is status."""

from __future__ import annotations

from widget import extensions
from widget.extensions import settings
from widget.i18n import _, lazy
from widget.mesibo.transports.base import MesiboStatus
from widget.web.serializers.base import Json

WORDS = {
    "online": lazy("mesibo is connected"),
    "connecting": lazy("mesibo is connecting"),
    "offline": lazy("mesibo is not connected"),
    "refused": lazy("mesibo refuses the connection"),
    "expired": lazy("mesibo’s SDK is too old to connect"),
    "waiting": lazy("mesibo is waiting for its turn"),
}
"""How people say in which state the connection is."""


def calls_to_apps() -> bool:
    """Whether a visitor can be given what it takes to call the team in a mesibo app."""
    return bool(settings().mesibo_app_token and settings().destination and settings().mesibo_link != "local")


def mesibo_status(status: MesiboStatus, is_agent: bool) -> Json:
    """How the connection to the agents' apps is doing; why, and what would help, is for the team."""
    shape: Json = {"name": status.name, "state": status.state}
    if is_agent:
        reason = _(status.reason) if status.reason else None
        shape |= {"words": str(WORDS[status.state]), "reason": reason, "waiting": status.waiting}
    return shape


def current_mesibo_status(is_agent: bool) -> Json:
    """How the connection is doing now, for a page that is loaded."""
    return mesibo_status(extensions.current().mesibo_worker.status, is_agent)
