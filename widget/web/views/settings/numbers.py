"""Numbers: how much work there is and how it goes, drawn on the server, and as a table for programs."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from babel.dates import format_date, format_timedelta, get_day_names
from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from widget.chat import numbers, team_settings
from widget.chat.conversations import ratings
from widget.chat.numbers import Numbers, Spread
from widget.i18n import language, lazy
from widget.models import User
from widget.text.spreadsheets import cell
from widget.web import fields
from widget.web.serializers import Json
from widget.web.views.settings import frame


@frame.area("numbers", lazy("Numbers"), styles="numbers")
def page(_agent: User) -> Json:
    """All numbers of `?period=`, as they are and as people read them."""
    period = _period()
    found = numbers.of(period)
    weekdays = get_day_names("abbreviated", locale=language().locale)
    return {
        "period": period,
        "periods": list(numbers.PERIODS),
        "days": [{"date": day.isoformat(), "label": _day(day), "count": count} for day, count in found.days.items()],
        "hours": [{"day": weekdays[number], "counts": counts} for number, counts in enumerate(found.hours)],
        "zone": str(numbers.zone()),
        "first_answer": _spread(found.first_answer),
        "resolving": _spread(found.resolving),
        "ratings": [{"score": score, "count": found.ratings.get(score, 0)} for score in numbers.SCORES],
        "rating": found.rating,
        "asks_for_ratings": ratings.are_wanted(),
        "waiting": found.waiting,
        "missed_calls": found.missed_calls,
        "agents": [
            {
                "name": it.name,
                "cases": it.cases,
                "resolved": it.resolved,
                "first_answer": _spread(it.first_answer),
                "rating": it.rating,
                "ratings": it.ratings,
            }
            for it in found.agents
        ],
    }


@frame.bp.get("/numbers.csv")
def as_csv() -> Response:
    """The same as a table of measure, of what, and value; times are in seconds."""
    written = io.StringIO()
    csv.writer(written).writerows([("measure", "of", "value"), *_rows(numbers.of(_period()))])
    response = Response(written.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="numbers-{_period()}.csv"'
    return response


@frame.bp.post("/numbers/ratings")
def change_ratings() -> AnyResponse:
    """Whether visitors are asked for a rating (`ask`) when an agent resolves their case."""
    wanted = fields.switch(fields.body(), "ask") is True
    team_settings.put(frame.agent(), "ratings", {"ask": wanted})
    return frame.changed("numbers")


def _period() -> str:
    wanted = request.args.get("period", "month")
    return wanted if wanted in numbers.PERIODS else "month"


def _day(day: date) -> str:
    return format_date(day, "d MMM", locale=language().locale)


def _spread(it: Spread) -> Json:
    return {"count": it.count, "median": it.median, "most": it.most, "words": [_words(it.median), _words(it.most)]}


def _words(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, format="short", locale=language().locale)


def _rows(found: Numbers) -> list[tuple[str, str, object]]:
    rows: list[tuple[str, str, object]] = [("cases", day.isoformat(), count) for day, count in found.days.items()]
    rows += [
        (f"{measure}_{part}_seconds", "", getattr(spread, part))
        for measure, spread in (("first_answer", found.first_answer), ("resolving", found.resolving))
        for part in ("median", "most")
    ]
    rows += [("ratings", str(score), found.ratings.get(score, 0)) for score in numbers.SCORES]
    rows += [("waiting", "", found.waiting), ("missed_calls", "", found.missed_calls)]
    for it in found.agents:
        name = cell(it.name)
        rows += [("agent_cases", name, it.cases), ("agent_resolved", name, it.resolved)]
        rows += [("agent_first_answer_median_seconds", name, it.first_answer.median), ("agent_rating", name, it.rating)]
    return rows
