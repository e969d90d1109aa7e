"""Numbers: how much work there is and how it goes, of the cases that began in a period.

The database counts, along one index that has all of it; how long something took stands in the case, and is counted by
rounded durations, so that a median needs no list of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from widget import db
from widget.chat import team_settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.unread import MISSED
from widget.models import Call, Case, Conversation, Member, User, now
from widget.threads import in_turns

PERIODS = {"week": 7, "month": 30, "quarter": 91}
"""How many days each has, today included."""

SCORES = (5, 4, 3, 2, 1)

QUARTER_HOUR = 900
"""In seconds: the offsets of all time zones are multiples of it."""

STEP = 100
"""For how many old cases durations are stored at a time: while SQLite writes, everybody waits."""


@dataclass
class Spread:
    """How long something took, in seconds: half of the time at most `median`, nine times of ten at most `most`."""

    count: int = 0
    median: int | None = None
    most: int | None = None


class Took(NamedTuple):
    """Something took so many seconds, so many times."""

    seconds: int
    times: int


class Done(NamedTuple):
    """So many cases have this assignee, were resolved by this one, and were given this score; None: nobody, none."""

    assignee: str | None
    resolved_by: str | None
    score: int | None
    cases: int


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
    for quarter, count in in_turns(db.fetch_beside(_by_quarter_hour(begun)), db.MANY):
        moment = datetime.fromtimestamp(quarter * QUARTER_HOUR, here)
        days[moment.date()] = days.get(moment.date(), 0) + count
        hours[moment.weekday()][moment.hour] += count
    done = _done(begun)
    answered = _answered(begun)
    waiting = select(func.count()).where(Conversation.waiting_since.is_not(None), Conversation.status == "open")
    return Numbers(
        days=days,
        hours=hours,
        first_answer=_spread([it for of_one in answered.values() for it in of_one]),
        resolving=_spread(_resolved(begun)),
        ratings={score: sum(it.cases for it in done if it.score == score) for score in SCORES},
        waiting=db.fetch_beside(waiting)[0][0],
        missed_calls=db.fetch_beside(_missed_calls(since))[0][0],
        agents=_agents(done, answered),
    )


def store_durations(session: Session, cursor: str) -> list[str]:
    """Let the next STEP cases behind a cursor have the durations that earlier releases did not keep; returns their ids.

    Until then they count as cases, and not in how long something took.
    """
    found = list(session.scalars(select(Case).where(Case.id > cursor).order_by(Case.id).limit(STEP)))
    for it in found:
        it.keep_durations()
    return [it.id for it in found]


def _since(column: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether a time is not before this one; as text where the database has no times, so that an index serves."""
    if db.is_sqlite():
        return type_coerce(column, String) >= literal(f"{moment:%Y-%m-%d %H:%M:%S}", String)
    return column >= moment  # type: ignore[no-any-return]


def _counted(*what: Any, begun: ColumnElement[bool]) -> Select[Any]:
    """How many cases there are of each of these."""
    return select(*what, func.count()).where(begun).group_by(*what)


def _by_quarter_hour(begun: ColumnElement[bool]) -> Select[Any]:
    """How many began in each quarter of an hour, by its number since 1970."""
    length = literal_column(str(QUARTER_HOUR), Integer)
    if db.is_sqlite():
        quarter: Any = func.unixepoch(Case.opened_at, type_=Integer) // length
    else:
        quarter = cast(func.floor(func.date_part("epoch", Case.opened_at) / length), Integer)
    return _counted(quarter, begun=begun)


def _done(begun: ColumnElement[bool]) -> list[Done]:
    query = _counted(Case.assignee_id, Case.resolved_by, Case.rating_score, begun=begun)
    return [Done(*row) for row in db.fetch_beside(query)]


def _rounded(seconds: Any) -> ColumnElement[int]:
    """To the second up to ten minutes, then to the minute, from ten hours on to the hour: there is never much of it."""
    minute, hour = (seconds - seconds % literal_column(unit) for unit in ("60", "3600"))
    return case((seconds < literal_column("600"), seconds), (seconds < literal_column("36000"), minute), else_=hour)


def _answered(begun: ColumnElement[bool]) -> dict[str, list[Took]]:
    """How often it took how long to the first answer, for the cases of each assignee; "" for those of nobody."""
    # Not by the bare column: SQLite would walk along the index that has it in order, and look at every case.
    whose, took = func.coalesce(Case.assignee_id, literal_column("''")), _rounded(Case.answer_seconds)
    found: dict[str, list[Took]] = {}
    query = _counted(whose, took, begun=and_(begun, Case.answer_seconds.is_not(None)))
    for assignee, *it in in_turns(db.fetch_beside(query), db.MANY):
        found.setdefault(assignee, []).append(Took(*it))
    return found


def _resolved(begun: ColumnElement[bool]) -> list[Took]:
    known = and_(begun, Case.resolve_seconds.is_not(None))
    return [Took(*row) for row in db.fetch_beside(_counted(_rounded(Case.resolve_seconds), begun=known))]


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


def _agents(done: list[Done], answered: dict[str, list[Took]]) -> list[OfAgent]:
    """What each has done who had a case."""
    with db.reading() as session:
        people = {
            it.id: it.name for it in session.scalars(select(User).where(User.id.in_({it.assignee for it in done})))
        }
    rows = []
    for user_id, name in people.items():
        own = [it for it in done if it.assignee == user_id]
        ratings = sum(it.cases for it in own if it.score is not None)
        total = sum(it.cases * (it.score or 0) for it in own)
        resolved = sum(it.cases for it in done if it.resolved_by == user_id)
        rating = total / ratings if ratings else None
        cases = sum(it.cases for it in own)
        rows.append(OfAgent(name, cases, resolved, _spread(answered.get(user_id, [])), rating, ratings))
    return sorted(rows, key=lambda it: (-it.cases, it.name))
