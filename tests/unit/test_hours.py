"""When a team answers: its week, its time zone, its holidays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from widget.chat import hours, team_settings

NINE_TO_FIVE: dict[str, Any] = team_settings.DEFAULTS["hours"] | {"on": True, "time_zone": "Europe/Berlin"}
GERMAN = NINE_TO_FIVE | {"country": "DE", "subdivision": "BY"}
NEVER = NINE_TO_FIVE | {"week": dict.fromkeys(hours.DAYS)}
ALWAYS = NINE_TO_FIVE | {"week": {day: ["00:00", "24:00"] for day in hours.DAYS}}
TOKYO = NINE_TO_FIVE | {"time_zone": "Asia/Tokyo"}
EVENING = {"monday": ["20:00", "24:00"], "tuesday": ["00:00", "04:00"]}
LUNCH = NINE_TO_FIVE | {"week": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in hours.DAYS}}
NIGHT = NINE_TO_FIVE | {"week": dict.fromkeys(hours.DAYS) | EVENING}


@pytest.mark.parametrize(
    ("kept", "at", "expected"),
    [
        (NINE_TO_FIVE | {"on": False}, "2026-01-06T03:00", (True, None)),
        (NINE_TO_FIVE, "2026-01-06T08:00", (True, "2026-01-06T16:00")),
        (NINE_TO_FIVE, "2026-01-06T15:59", (True, "2026-01-06T16:00")),
        (NINE_TO_FIVE, "2026-01-06T16:00", (False, "2026-01-07T08:00")),
        (NINE_TO_FIVE, "2026-01-09T16:00", (False, "2026-01-12T08:00")),  # a weekend
        (NINE_TO_FIVE, "2026-03-27T16:00", (False, "2026-03-30T07:00")),  # summer time begins on it
        (GERMAN, "2026-01-06T08:00", (False, "2026-01-07T08:00")),  # Epiphany, in Bavaria
        (GERMAN | {"subdivision": ""}, "2026-01-06T08:00", (True, "2026-01-06T16:00")),
        (GERMAN, "2026-12-24T16:00", (False, "2026-12-28T08:00")),  # Christmas on Friday and Saturday
        (TOKYO, "2026-01-04T23:59", (False, "2026-01-05T00:00")),
        (TOKYO, "2026-01-05T00:00", (True, "2026-01-05T08:00")),
        (NIGHT, "2026-01-05T23:30", (True, "2026-01-06T03:00")),  # one evening, in two halves
        (LUNCH, "2026-01-06T08:00", (True, "2026-01-06T11:00")),
        (LUNCH, "2026-01-06T11:30", (False, "2026-01-06T12:00")),
        (LUNCH, "2026-01-06T12:00", (True, "2026-01-06T16:00")),
        (LUNCH, "2026-01-06T16:00", (False, "2026-01-07T08:00")),
        (NEVER, "2026-01-05T23:30", (False, None)),
    ],
)
def test_a_team_is_open_in_its_hours_in_its_zone_and_not_on_its_holidays(
    kept: dict[str, Any], at: str, expected: tuple[bool, str | None]
) -> None:
    found = hours.state(kept, datetime.fromisoformat(at).replace(tzinfo=UTC))
    until = f"{found.until:%Y-%m-%dT%H:%M}" if found.until else None
    assert (found.open, until) == expected


def test_a_team_that_never_closes_is_open_at_any_time() -> None:
    assert hours.state(ALWAYS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)).open
