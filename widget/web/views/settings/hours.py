"""When the team answers, on which days it does not, and what visitors read meanwhile."""

from __future__ import annotations

from zoneinfo import available_timezones

from babel import Locale
from werkzeug.wrappers import Response

from widget.chat import hours, team_settings
from widget.chat.hours import DAYS, MOST_SPANS, WORDS_LIMIT
from widget.i18n import language, lazy
from widget.models import User, now
from widget.web import fields, serializers
from widget.web.serializers import Json, optional_time
from widget.web.views.settings import frame


@frame.area(hours.KEY, lazy("Hours"), styles="settings_hours")
def page(_agent: User) -> Json:
    """The hours of the week, the holidays that follow, and how it is now."""
    kept, countries = team_settings.load(hours.KEY), hours.countries()
    state = hours.state(kept, now())
    return {
        "hours": kept | {"week": {day: hours.spans_of(kept, day) for day in DAYS}},
        "most_spans": MOST_SPANS,
        "days": list(DAYS),
        "open": state.open,
        "until": optional_time(state.until),
        "holidays": [
            {"date": day.isoformat(), "name": name}
            for day, name in (hours.next_holidays(kept, now()) if kept["country"] else [])
        ],
        "countries": _names(language().locale, countries),
        "subdivisions": countries.get(kept["country"], []),
        "time_zones": sorted(available_timezones()),
        "default_words": serializers.words_while_closed(),
    }


@frame.bp.patch("/hours")
def change_hours() -> Response:
    """`on`, `time_zone`, `country`, `subdivision`, `closed_words`, `show_response_time`, and for each day `<day>`: its
    hours as a pair or several, or `<day>_from` and `<day>_to` (then `<day>_from_2`, and so on), with `<day>_open`."""
    form = fields.body()
    found: Json = {name: fields.switch(form, name) is True for name in ("on", "show_response_time") if name in form}
    found |= {
        name: fields.exact(form, name, 60) or "" for name in ("time_zone", "country", "subdivision") if name in form
    }
    if "closed_words" in form:
        found["closed_words"] = fields.text(form, "closed_words", WORDS_LIMIT) or ""
    week = {day: _spans(form, day) for day in DAYS if day in form or f"{day}_from" in form}
    if week:
        found["week"] = team_settings.load(hours.KEY)["week"] | week
    hours.change(frame.agent(), found)
    return frame.changed(hours.KEY)


def _spans(form: fields.Fields, day: str) -> list[list[str]]:
    """The hours of a day, in their order; those that were left empty are none."""
    if day in form:
        given = form[day] if isinstance(form[day], list) else []
        pairs = [given] if given and isinstance(given[0], str) else given
        spans = [[str(it) for it in pair] if isinstance(pair, list) else [] for pair in pairs]
    elif fields.switch(form, f"{day}_open") is not True:
        return []
    else:
        numbers = ("", *(f"_{number}" for number in range(2, MOST_SPANS + 1)))
        asked = [[fields.exact(form, f"{day}_{end}{it}", 5) or "" for end in ("from", "to")] for it in numbers]
        spans = [pair for pair in asked if any(pair)]
    return sorted(spans)


def _names(locale: Locale, codes: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Countries with their names, in the order of these."""
    return sorted(((code, locale.territories.get(code, code)) for code in codes), key=lambda it: it[1])
