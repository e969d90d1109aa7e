"""Numbers: how much work there is and how it goes, of the cases that began in a period. Counted by the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, String, and_, case, cast, func, literal, select, type_coerce

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
    median: int | None = None
    most: int | None = None


class Took(NamedTuple):
    """Something took so many seconds, so many times, in cases of this assignee."""

    assignee: str | None
    seconds: int
    times: int


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
    scores = select(Case.assignee_id, Case.rating_score, func.count()).where(begun)
    rated = db.fetch_beside(scores.group_by(Case.assignee_id, Case.rating_score))
    answered = _took(Case.first_answer_at, begun)
    waiting = select(func.count()).where(Conversation.waiting_since.is_not(None), Conversation.status == "open")
    return Numbers(
        days=days,
        hours=hours,
        first_answer=_spread(answered),
        resolving=_spread(_took(Case.resolved_at, begun)),
        ratings={score: sum(count for _, given, count in rated if given == score) for score in SCORES},
        waiting=db.fetch_beside(waiting)[0][0],
        missed_calls=db.fetch_beside(_missed_calls(since))[0][0],
        agents=_agents(begun, rated, answered),
    )


def _since(column: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether a time is not before this one; as text where the database has no times, so that an index serves."""
    if db.is_sqlite():
        return type_coerce(column, String) >= literal(f"{moment:%Y-%m-%d %H:%M:%S}", String)
    return column >= moment  # type: ignore[no-any-return]


def _by_hour(begun: ColumnElement[bool]) -> Select[Any]:
    if db.is_sqlite():
        hour: Any = func.substr(type_coerce(Case.opened_at, String), 1, 13)
    else:
        hour = func.to_char(func.timezone("UTC", Case.opened_at), "YYYY-MM-DD HH24")
    began = select(hour.label("hour")).where(begun).subquery()
    return select(began.c.hour, func.count()).group_by(began.c.hour)


def _took(end: Any, begun: ColumnElement[bool]) -> list[Took]:
    """How often it took how long from the beginning of a case to this, for the cases of each assignee.

    To the second up to ten minutes, then to the minute, from ten hours on to the hour: so there is never much of it.
    """
    if db.is_sqlite():
        seconds: Any = func.unixepoch(end) - func.unixepoch(Case.opened_at)
    else:
        seconds = cast(func.floor(func.extract("epoch", end - Case.opened_at)), Integer)
    exact = select(Case.assignee_id, seconds.label("seconds")).where(begun, end.is_not(None)).subquery()
    took = exact.c.seconds
    rounded = case((took < 600, took), (took < 36000, took // 60 * 60), else_=took // 3600 * 3600)
    found = select(exact.c.assignee_id, rounded.label("took")).subquery()
    return [
        Took(*row)
        for row in db.fetch_beside(
            select(found.c.assignee_id, found.c.took, func.count()).group_by(found.c.assignee_id, found.c.took)
        )
    ]


def _spread(took: list[Took]) -> Spread:
    """The spread of all these."""
    count = sum(it.times for it in took)
    spread, place = Spread(count), 0
    for it in sorted(took, key=lambda it: it.seconds):
        place += it.times
        if spread.median is None and place * 2 >= count:
            spread.median = it.seconds
        if spread.most is None and place * 10 >= count * 9:
            spread.most = it.seconds
    return spread


def _missed_calls(since: datetime) -> Select[Any]:
    """Calls of visitors that nobody of the team answered."""
    of_team = select(Member.id).where(Member.id == Call.callee_member_id, Member.user_id == TEAM_ID).exists()
    return select(func.count()).where(and_(Call.state.in_(MISSED), _since(Call.created_at, since)), of_team)


def _agents(begun: ColumnElement[bool], rated: list[Any], answered: list[Took]) -> list[OfAgent]:
    """What each has done; `rated` is how many cases of whom have which score, None for those without one."""
    ended = select(Case.resolved_by, func.count()).where(begun, Case.resolved_at.is_not(None))
    resolved = dict(map(tuple, db.fetch_beside(ended.group_by(Case.resolved_by))))
    with db.reading() as session:
        people = {it.id: it.name for it in session.scalars(select(User).where(User.id.in_({row[0] for row in rated})))}
    found = []
    for user_id, name in people.items():
        scores = {score: count for whose, score, count in rated if whose == user_id}
        cases = sum(scores.values())
        ratings = cases - scores.pop(None, 0)
        total = sum(score * count for score, count in scores.items())
        first_answer = _spread([it for it in answered if it.assignee == user_id])
        rating = total / ratings if ratings else None
        found.append(OfAgent(name, cases, resolved.get(user_id, 0), first_answer, rating, ratings))
    return sorted(found, key=lambda it: (-it.cases, it.name))
