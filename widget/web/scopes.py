"""What of the public surface a bot may use, by the scopes of its token."""

from __future__ import annotations

from flask import request

from widget.chat.errors import Forbidden
from widget.chat.users import bots
from widget.i18n import _
from widget.models import User

MANAGING = ("groups", "team")
"""The blueprints whose changes concern the whole team."""

MANAGING_VIEWS = ("conversations.change",)

WRITING_VIEWS = ("team.use_canned",)

FOR_PEOPLE = ("calls", "mesibo_calls", "people")
"""The blueprints that are for people only: a bot calls nobody, and takes and erases no personal data as a whole."""


def check(bot: User) -> None:
    """Raise Forbidden for a request that this bot's scopes do not cover."""
    if request.blueprint in FOR_PEOPLE or not request.path.startswith("/w/"):
        raise Forbidden(_("This is for people, not for bots."))
    bots.require_scope(bot, needed(request.endpoint or "", request.method))


def needed(endpoint: str, method: str) -> str:
    """The scope that a request to this view needs."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return "read"
    managing = endpoint.partition(".")[0] in MANAGING or endpoint in MANAGING_VIEWS
    return "manage" if managing and endpoint not in WRITING_VIEWS else "write"
