"""Numbers: how much work there is and how it goes, of the cases that began in a period. Counted by the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, select, type_coerce

from widget import db
from widget.chat import team_settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.unread import MISSED
from widget.models import Call, Case, Conversation, Member, User, now

PERIODS = {"week": 7, "month": 30, "quarter": 91}
"""How many days each has, today included."""

SCORES = (5, 4, 3, 2, 1)


@dataclass
class Spread:
    """How long something took, in seconds: half of the time at most `median`, nine times of ten at most `most`."""

    count: int = 0
    median: float | None = None
    most: float | None = None


@dataclass
class OfAgent:
    """What one of the team has done."""

    name: str
    cases: int = 0
    resolved: int = 0
    first_answer: Spread = field(default_factory=Spread)
    rating: float | None = None
    ratings: int = 0


@dataclass
class Numbers:
    """All of a period."""

    days: dict[date, int]
    """How many cases began, day by day in the team's time zone."""
    hours: list[list[int]]
    """The same by weekday (Monday is 0) and hour."""
    first_answer: Spread
    resolving: Spread
    ratings: dict[int, int]
    """How often each score was given."""
    waiting: int
    """How many visitors wait at this moment."""
    missed_calls: int
    agents: list[OfAgent]

    @property
    def rating(self) -> float | None:
        """The mean of the scores; None when there are none."""
        count = sum(self.ratings.values())
        return sum(score * times for score, times in self.ratings.items()) / count if count else None


def zone() -> ZoneInfo:
    """Where the team works."""
    return ZoneInfo(team_settings.load("hours").get("time_zone") or "UTC")


def of(period: str, at: datetime | None = None) -> Numbers:
    """The numbers of the period that ends now; `period` is one of PERIODS."""
    here = zone()
    today = (at or now()).astimezone(here).date()
    first = today - timedelta(days=PERIODS[period] - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=here).astimezone(UTC)
    begun = _since(Case.opened_at, since)
    days = {first + timedelta(days=number): 0 for number in range(PERIODS[period])}
    hours = [[0] * 24 for _ in range(7)]
    for hour, count in db.fetch_beside(_by_hour(begun)):
        moment = datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(here)
        days[moment.date()] = days.get(moment.date(), 0) + count
        hours[moment.weekday()][moment.hour] += count
    scores = select(Case.rating_score, func.count()).where(begun, Case.rating_score.is_not(None))
    rated = dict(map(tuple, db.fetch_beside(scores.group_by(Case.rating_score))))
    waiting = select(func.count()).where(Conversation.waiting_since.is_not(None), Conversation.status == "open")
    return Numbers(
        days=days,
        hours=hours,
        first_answer=_spreads(Case.first_answer_at, begun).get("", Spread()),
        resolving=_spreads(Case.resolved_at, begun).get("", Spread()),
        ratings={score: rated.get(score, 0) for score in SCORES},
        waiting=db.fetch_beside(waiting)[0][0],
        missed_calls=db.fetch_beside(_missed_calls(since))[0][0],
        agents=_agents(begun),
    )


def _since(column: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether a time is not before this one; as text where the database has no times, so that an index serves."""
    if db.is_sqlite():
        return type_coerce(column, String) >= literal(f"{moment:%Y-%m-%d %H:%M:%S}", String)
    return column >= moment  # type: ignore[no-any-return]


def _by_hour(begun: ColumnElement[bool]) -> Select[Any]:
    if db.is_sqlite():
        hour: Any = func.strftime("%Y-%m-%d %H", Case.opened_at)
    else:
        hour = func.to_char(func.timezone("UTC", Case.opened_at), "YYYY-MM-DD HH24")
    began = select(hour.label("hour")).where(begun).subquery()
    return select(began.c.hour, func.count()).group_by(began.c.hour)


def _seconds(end: Any) -> Any:
    """How long after the beginning of its case something was."""
    if db.is_sqlite():
        return (func.julianday(end) - func.julianday(Case.opened_at)) * 86400.0
    return func.extract("epoch", end - Case.opened_at)


def _spreads(end: Any, begun: ColumnElement[bool], of_each: Any = None) -> dict[str, Spread]:
    """How long it took from the beginning of a case to this, for all together (under "") or each of something."""
    whose = literal("", String) if of_each is None else of_each
    took = select(whose.label("whose"), _seconds(end).label("took")).where(begun, end.is_not(None)).subquery()
    ranked = select(
        took.c.whose,
        took.c.took,
        func.row_number().over(partition_by=took.c.whose, order_by=took.c.took).label("place"),
        func.count().over(partition_by=took.c.whose).label("count"),
    ).subquery()
    half, most = (ranked.c.count + 1) // 2, (ranked.c.count * 9 + 9) // 10  # places, from 1 up
    picked = select(ranked.c.whose, ranked.c.count, ranked.c.took, ranked.c.place == half, ranked.c.place == most)
    found: dict[str, Spread] = {}
    for name, count, seconds, is_half, is_most in db.fetch_beside(
        picked.where((ranked.c.place == half) | (ranked.c.place == most))
    ):
        spread = found.setdefault(name, Spread(count))
        if is_half:
            spread.median = float(seconds)
        if is_most:
            spread.most = float(seconds)
    return found


def _missed_calls(since: datetime) -> Select[Any]:
    """Calls of visitors that nobody of the team answered."""
    of_team = select(Member.id).where(Member.id == Call.callee_member_id, Member.user_id == TEAM_ID).exists()
    return select(func.count()).where(and_(Call.state.in_(MISSED), _since(Call.created_at, since)), of_team)


def _agents(begun: ColumnElement[bool]) -> list[OfAgent]:
    had = (
        select(User.id, User.name, func.count(), func.avg(Case.rating_score), func.count(Case.rating_score))
        .join(Case, Case.assignee_id == User.id)
        .where(begun)
        .group_by(User.id, User.name)
    )
    ended = (
        select(Case.resolved_by, func.count()).where(begun, Case.resolved_at.is_not(None)).group_by(Case.resolved_by)
    )
    resolved = dict(map(tuple, db.fetch_beside(ended)))
    answered = _spreads(Case.first_answer_at, and_(begun, Case.assignee_id.is_not(None)), Case.assignee_id)
    found = [
        OfAgent(
            name=name,
            cases=cases,
            resolved=resolved.get(user_id, 0),
            first_answer=answered.get(user_id, Spread()),
            rating=float(rating) if rating is not None else None,
            ratings=ratings,
        )
        for user_id, name, cases, rating, ratings in db.fetch_beside(had)
    ]
    return sorted(found, key=lambda it: (-it.cases, it.name))
