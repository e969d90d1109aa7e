"""When the team answers: the hours of a week in its own time zone, and the holidays on which there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from widget.chat import events, team_settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Unprocessable
from widget.chat.team_settings import Values
from widget.i18n import _
from widget.models import User
from widget.threads import run_in_thread

KEY = "hours"

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

WORDS_LIMIT = 300

MOST_SPANS = 3
"""How often the team can begin in a day."""

AHEAD = 30
"""How many days are looked through for the next one with hours."""

_known: dict[tuple[str, str, int], dict[date, str]] = {}
"""The holidays of a country or a part of it in a year, as far as they were asked for."""

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


_was_open: bool | None = None


class State(NamedTuple):
    """Whether the team answers now."""

    open: bool
    until: datetime | None
    """When that changes; None when it does not within AHEAD days."""


def now_and_words(at: datetime) -> tuple[State, str]:
    """How it is at a time, and what visitors read while it is closed."""
    hours = team_settings.load(KEY)
    return state(hours, at), hours["closed_words"]


def state(hours: Values, at: datetime) -> State:
    """How it is at a time, by these settings; open for ever where there are no hours."""
    if not hours["on"]:
        return State(True, None)
    begins = None
    for start, end in _spans(hours, at):
        if begins is not None and start > begins:
            break
        if start <= at < end or begins == start:  # one that goes on where the last one ended
            begins = end
        elif start > at and begins is None:
            return State(False, start)
    return State(begins is not None, begins)


def tell_changes(at: datetime) -> None:
    """Tell the tabs when the team's hours have begun or ended since this was called last in this process."""
    global _was_open
    is_open = state(team_settings.load(KEY), at).open
    if _was_open not in (None, is_open):
        events.presence_changed.send(frozenset({TEAM_ID}))
    _was_open = is_open


def change(by: User, values: Values) -> None:
    """Set some of it; raises Unprocessable for what is no time, zone, country or part of one."""
    after = team_settings.load(KEY) | values
    if after["time_zone"] not in available_timezones():
        raise Unprocessable(_("There is no time zone “%(name)s”.", name=after["time_zone"]))
    for day in DAYS:
        _check(spans_of(after, day))
    if after["country"] and after["subdivision"] not in ("", *countries().get(after["country"], [])):
        values = values | {"subdivision": ""}  # it was another country's
    if after["country"] and after["country"] not in countries():
        raise Unprocessable(_("The holidays of this country are not known."))
    team_settings.put(by, KEY, values)


def spans_of(hours: Values, day: str) -> list[list[str]]:
    """From when to when the team answers on a day of the week, the earliest first; none on which it does not."""
    kept = hours["week"].get(day) or []
    return (
        [kept] if kept and isinstance(kept[0], str) else kept
    )  # one pair: what was kept before there could be several


def _check(spans: list[list[str]]) -> None:
    if len(spans) > MOST_SPANS:
        raise Unprocessable(_("A day has hours at most %(most)s times.", most=MOST_SPANS))
    for span in spans:
        if not (len(span) == 2 and all(map(_TIME.fullmatch, span)) and span[0] < span[1]):
            raise Unprocessable(_("The hours of a day begin before they end, and look like 09:00."))
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise Unprocessable(_("The hours of a day follow one another, and do not overlap."))


def next_holidays(hours: Values, at: datetime, most: int = 5) -> list[tuple[date, str]]:
    """The next holidays on which nobody answers, with their names."""
    today = at.astimezone(ZoneInfo(hours["time_zone"])).date()
    holidays = {**_holidays(hours, today.year), **_holidays(hours, today.year + 1)}
    return sorted((day, name) for day, name in holidays.items() if day >= today)[:most]


def countries() -> dict[str, list[str]]:
    """The codes of the countries (ISO 3166-1) whose holidays are known, each with those of its parts (ISO 3166-2)."""
    codes: dict[str, list[str]] = run_in_thread(_countries)
    return codes


def _spans(hours: Values, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when the team answers, from yesterday on."""
    zone = ZoneInfo(hours["time_zone"])
    first = at.astimezone(zone).date() - timedelta(days=1)
    for day in (first + timedelta(days=number) for number in range(AHEAD)):
        spans = spans_of(hours, DAYS[day.weekday()])
        if spans and day not in _holidays(hours, day.year):
            for begin, end in spans:
                yield _moment(day, begin, zone), _moment(day, end, zone)


def _moment(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        day, text = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)


def _holidays(hours: Values, year: int) -> dict[date, str]:
    if not hours["country"]:
        return {}
    asked = (hours["country"], hours["subdivision"], year)
    if asked not in _known:
        _known[asked] = run_in_thread(_of_country, *asked)
    return _known[asked]


def _of_country(country: str, subdivision: str, year: int) -> dict[date, str]:
    import holidays  # takes its time, and few deployments need it

    return dict(holidays.country_holidays(country, subdivision or None, years=year).items())


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    import holidays

    return {code: list(parts) for code, parts in sorted(holidays.list_supported_countries().items())}
