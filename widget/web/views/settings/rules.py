"""The rules of time, and how conversations are given to agents."""

from __future__ import annotations

from werkzeug.wrappers import Response

from widget.chat import team_settings
from widget.chat.errors import Unprocessable
from widget.i18n import _, lazy
from widget.models import User
from widget.web import fields
from widget.web.serializers import Json
from widget.web.views.settings import frame

AREA = "rules"

MOST = {
    "resolve_after_days": 365,
    "remind_after_minutes": 43_200,
    "unassign_after_minutes": 43_200,
    "bot_close_after_hours": 8760,
    "away_after_minutes": 1440,
}
"""The highest number of each rule; each is off while it has none."""

MOST_HELD = 1000


@frame.area(AREA, lazy("Rules"))
def page(_agent: User) -> Json:
    """The number of each rule, and how conversations are given."""
    return {"rules": team_settings.load("rules"), "assignment": team_settings.load("assignment"), "most": MOST}


@frame.bp.patch("/rules")
def change_rules() -> Response:
    """The number of each rule (empty: off), and `resolve_asks_rating`."""
    form = fields.body()
    found: Json = {name: _number(form, name, most) for name, most in MOST.items() if name in form}
    if "resolve_asks_rating" in form:
        found["resolve_asks_rating"] = fields.switch(form, "resolve_asks_rating") is True
    team_settings.put(frame.agent(), "rules", found)
    return frame.changed(AREA)


@frame.bp.patch("/rules/assignment")
def change_assignment() -> Response:
    """`by_answering`, `by_turns`, and the `capacity` of who has none of their own."""
    form = fields.body()
    found: Json = {name: fields.switch(form, name) is True for name in ("by_answering", "by_turns") if name in form}
    if "capacity" in form:
        found["capacity"] = _number(form, "capacity", MOST_HELD)
    team_settings.put(frame.agent(), "assignment", found)
    return frame.changed(AREA)


def _number(form: fields.Fields, name: str, most: int) -> int | None:
    if form[name] in (None, ""):
        return None
    found = fields.whole_number(form[name], name)
    if not 1 <= found <= most:
        raise Unprocessable(_("%(name)s must be from 1 to %(most)s, or empty.", name=name, most=most))
    return found
