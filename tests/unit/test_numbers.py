"""The numbers that the databases count are those that somebody gets who reckons by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests import services
from tests.unit.app_here import app_here
from tests.unit.team_scene import agent, chat
from widget import db
from widget.chat import backfills, numbers, team_settings
from widget.models import Backfill, Case, User

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def ana(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> Iterator[User]:
    with app_here({"REDIS_URL": redis_server.database(), "DATABASE_URL": new_database(request.param)}):
        yield agent("Ana")


def ranked(seconds: list[float], share: float) -> float | None:
    """The value that so many tenths are not above."""
    ordered = sorted(seconds)
    return ordered[-(-len(ordered) * round(share * 10) // 10) - 1] if ordered else None


def release_before_durations() -> None:
    """Cases as an earlier release has left them, and what is done about that."""
    with db.transaction() as session:
        session.execute(update(Case).values(answer_seconds=None, resolve_seconds=None))
        session.add(Backfill(name="case_durations"))
    steps = 0
    while backfills.are_left():
        backfills.step()
        steps += 1
    assert steps == 300 / numbers.STEP + 1


def test_numbers_are_what_reckoning_by_hand_gives(ana: User) -> None:
    chance, where, ben = random.Random(7), chat().id, agent("Ben")
    team_settings.put(ana, "hours", {"time_zone": "Asia/Kolkata"})
    assert numbers.of("week", NOW).first_answer.median is None
    cases = []
    for _number in range(300):
        opened = NOW - timedelta(seconds=chance.randrange(1, 12 * 86400))
        answered = opened + timedelta(seconds=chance.randrange(1, 9000)) if chance.random() < 0.8 else None
        resolved = answered + timedelta(seconds=chance.randrange(9000)) if answered and chance.random() < 0.5 else None
        cases.append(
            Case(
                conversation_id=where,
                opened_at=opened,
                first_answer_at=answered,
                resolved_at=resolved,
                resolved_by=ana.id if resolved else None,
                assignee_id=chance.choice((ana.id, ben.id, None)),
                rating_score=chance.choice((None, None, 1, 4, 5)),
            )
        )
    with db.transaction() as session:
        session.add_all(cases)
    kolkata = timedelta(hours=5, minutes=30)
    first = datetime(2026, 11, 14) - kolkata
    release_before_durations()
    week = [it for it in cases if it.opened_at.replace(tzinfo=None) >= first]
    found = numbers.of("week", NOW)
    for day, count in found.days.items():
        assert count == sum((it.opened_at + kolkata).date() == day for it in week), day
    assert sum(found.days.values()) == len(week) == sum(map(sum, found.hours)) > 100
    assert found.hours[4][9] == sum((it.opened_at + kolkata).strftime("%w %H") == "5 09" for it in week)
    first_answers = [(it.first_answer_at - it.opened_at).total_seconds() for it in week if it.first_answer_at]
    assert found.first_answer.count == len(first_answers)
    assert found.first_answer.median == pytest.approx(ranked(first_answers, 0.5), abs=60)
    assert found.first_answer.most == pytest.approx(ranked(first_answers, 0.9), abs=60)
    scores = [it.rating_score for it in week if it.rating_score]
    assert found.ratings == {score: scores.count(score) for score in (5, 4, 3, 2, 1)}
    assert found.rating == pytest.approx(sum(scores) / len(scores))
    hers = next(it for it in found.agents if it.name == "Ana")
    mine = [it for it in week if it.assignee_id == ana.id]
    assert (hers.cases, hers.resolved) == (len(mine), sum(it.resolved_by == ana.id for it in week))
    answers = [(it.first_answer_at - it.opened_at).total_seconds() for it in mine if it.first_answer_at]
    assert hers.first_answer.median == pytest.approx(ranked(answers, 0.5), abs=60)
    assert hers.rating == pytest.approx(sum(it.rating_score or 0 for it in mine) / hers.ratings)
