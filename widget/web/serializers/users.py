"""People as others see them, and whether they are here."""

from __future__ import annotations

import math
from collections.abc import Iterable

from widget import extensions
from widget.chat import appearance, hours, response_times
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.i18n import _, lazy
from widget.mesibo import open_apps
from widget.models import User, now
from widget.realtime import online
from widget.web.serializers.base import Json, iso_time, optional_time


def user(person: User) -> Json:
    """A user as others see them; the team bears the name and the picture of the settings."""
    if person.kind == "team":
        team = appearance.current()
        return {"id": person.id, "name": team.name, "picture": team.picture or None}
    shape: Json = {"id": person.id, "name": person.name, "picture": person.picture}
    return shape | {"bot": True} if person.kind == "bot" else shape


def presence(users: Iterable[User]) -> list[Json]:
    """Who is here now, and when the others were last seen. The team is here while one of its agents is, in the inbox
    (`inbox_open`) or in an app.
    """
    users = list(users)
    answering_for_team = membership.people_ids() if any(user.id == TEAM_ID for user in users) else []
    here = online([user.id for user in users] + answering_for_team)
    is_agent = not here.isdisjoint(answering_for_team)
    in_app = bool(answering_for_team and open_apps.among(extensions.current().redis, answering_for_team))
    known = [
        {
            "user": user.id,
            "online": is_agent or in_app if user.id == TEAM_ID else user.id in here,
            "last_seen_at": optional_time(user.last_seen_at),
            "answers": None,
        }
        for user in users
    ]
    return [it | _of_team(bool(it["online"]), is_agent) if it["user"] == TEAM_ID else it for it in known]


_REPLIES = (
    (600, lazy("replies in minutes"), lazy("Replies in minutes"), lazy("Usually replies in minutes")),
    (5400, lazy("replies in an hour"), lazy("Replies in an hour"), lazy("Usually replies in an hour")),
    (43_200, lazy("replies in hours"), lazy("Replies in hours"), lazy("Usually replies in hours")),
    (129_600, lazy("replies in a day"), lazy("Replies in a day"), lazy("Usually replies in a day")),
    (math.inf, lazy("replies in a few days"), lazy("Replies in a few days"), lazy("Usually replies in a few days")),
)
"""Up to how many seconds the team usually takes: in short, and as a sentence while it is here, and while it is not."""


def closed() -> Json | None:
    """Outside the team's hours: `until` when, and the `words` that a visitor reads meanwhile; None within them."""
    state, words = hours.now_and_words(now())
    if state.open:
        return None
    return {"until": optional_time(state.until), "words": words or words_while_closed()}


def words_while_closed() -> str:
    """What visitors read outside the team's hours, where its owner has found no words of their own."""
    return _("We are closed now. Write to us all the same: we answer when we are back.")


def _of_team(online: bool, in_inbox: bool) -> Json:
    """What there is to say of the team besides: when it usually answers, as measured, so nothing before it has; and
    that it is closed."""
    outside = closed()
    shape: Json = {"inbox_open": in_inbox} | ({"closed": outside} if outside else {})
    seconds = response_times.shown_seconds()
    if seconds is None:
        return shape
    _limit, short, here, away = next(row for row in _REPLIES if seconds <= row[0])
    return shape | {"answers": str(short), "words": str(here if online else away)}


def profile(visitor: User) -> Json:
    """What an agent is told of the visitor: what the site's page tells, and since when they have been here."""
    return user(visitor) | {
        "email": visitor.email,
        "external_id": visitor.external_id,
        "proved": visitor.proved,
        "email_proved": visitor.email_proved,
        "corrected": visitor.corrected_fields,
        "since": iso_time(visitor.created_at),
    }
