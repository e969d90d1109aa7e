"""The rules of time, told what time it is; and assignment by turns. On both databases, without a stream."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.team_scene import Chat, agent, alone, chat, reloaded, send
from widget.chat import team_settings
from widget.chat.conversations import rules, work
from widget.chat.conversations.work import Change
from widget.chat.users import agents, availability
from widget.models import User, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ana() -> User:
    alone()
    return agent("Ana")


@pytest.fixture
def ben(ana: User) -> User:
    return agent("Ben")


def by_turns(by: User, capacity: int | None = None) -> None:
    team_settings.put(by, "assignment", {"by_turns": True, "capacity": capacity})


def taken(by: User) -> Chat:
    """A conversation that somebody has, and in which a visitor waits."""
    found = chat()
    found.asks()
    work.change(by, found.id, Change(assignee="me"))
    return found


def test_nothing_happens_by_itself_unless_it_is_wanted(ana: User) -> None:
    one = taken(ana)
    before = one.row.assignee_id, one.row.status
    assert rules.run(now() + timedelta(days=365)) == 0
    assert (one.row.assignee_id, one.row.status) == before == (ana.id, "open")


def test_a_snooze_ends_at_its_time_and_not_before(ana: User) -> None:
    one = taken(ana)
    until = now() + timedelta(hours=2)
    work.change(ana, one.id, Change(snoozed_until=until))
    assert rules.end_snoozes(until - timedelta(seconds=1)) == 0
    assert one.row.status == "snoozed"
    assert rules.end_snoozes(until) == 1
    assert (one.row.status, one.row.snoozed_until, one.row.assignee_id) == ("open", None, ana.id)
    assert one.lines()[-1] == "snooze-ended"
    assert rules.end_snoozes(until) == 0


def test_a_snooze_that_ends_while_its_assignee_is_away_is_nobodys(ana: User) -> None:
    one = taken(ana)
    until = now() + timedelta(hours=2)
    work.change(ana, one.id, Change(snoozed_until=until))
    availability.set_available(ana, False)
    rules.end_snoozes(until)
    assert one.row.assignee_id is None


def test_what_is_silent_is_resolved_after_its_days_and_who_waits_is_not(ana: User) -> None:
    answered, waiting, snoozed = chat(), chat(), chat()
    for it in (answered, waiting, snoozed):
        it.asks()
    send(ana, answered.id, "here you are")
    send(ana, snoozed.id, "later")
    work.change(ana, snoozed.id, Change(status="snoozed"))
    assert rules.resolve_silent(now() + timedelta(days=6), 7) == 0
    assert rules.resolve_silent(now() + timedelta(days=7, minutes=1), 7) == 1
    assert [it.row.status for it in (answered, waiting, snoozed)] == ["resolved", "open", "snoozed"]
    assert answered.lines()[-1] == "silence-resolved"


def test_the_team_is_reminded_once_of_somebody_who_waits(ana: User) -> None:
    one = taken(ana)
    later = now() + timedelta(minutes=31)
    assert rules.remind(later - timedelta(minutes=2), 30) == 0
    assert [rules.remind(later, 30), rules.remind(later + timedelta(hours=1), 30)] == [1, 0]
    assert one.lines().count("reminder") == 1
    send(ana, one.id, "sorry")
    one.asks("and now?")
    assert rules.remind(now() + timedelta(minutes=31), 30) == 1


def test_what_is_not_answered_is_taken_from_its_assignee_and_given_to_the_next(ana: User, ben: User) -> None:
    one = taken(ana)
    by_turns(ana)
    availability.set_available(ana, False)
    assert rules.unassign(now() + timedelta(minutes=9), 10) == 0
    assert rules.unassign(now() + timedelta(minutes=11), 10) == 1
    assert one.row.assignee_id is None
    assert rules.assign_waiting() == 1
    assert one.row.assignee_id == ben.id
    # It has waited for long, and Ben has had it for a moment only.
    assert rules.unassign(now() + timedelta(minutes=9), 10) == 0


def test_who_answers_nobody_is_set_to_away_and_a_minute_later_has_nothing_that_waits(ana: User, ben: User) -> None:
    one = taken(ana)
    other = taken(ben)
    later = now() + timedelta(minutes=11)
    assert rules.set_away(later, 20) == 0
    assert rules.set_away(later, 10) == 2
    assert [(reloaded(it).available, reloaded(it).away_since) for it in (ana, ben)] == [(False, later)] * 2
    assert rules.offer_work_of_away(later + timedelta(seconds=59)) == 0
    assert rules.offer_work_of_away(later + timedelta(seconds=60)) == 2
    assert [it.row.assignee_id for it in (one, other)] == [None, None]
    assert one.lines()[-1] == "away-unassigned"
    availability.set_available(ana, True)
    assert reloaded(ana).away_since is None


def test_who_has_answered_somebody_meanwhile_is_not_set_to_away(ana: User) -> None:
    taken(ana)
    answered = taken(ana)
    send(ana, answered.id, "one after the other")
    assert rules.set_away(now() + timedelta(minutes=10), 11) == 0
    assert reloaded(ana).available


def test_turns_go_round_among_those_who_are_available_and_not_full(ana: User, ben: User) -> None:
    cleo = agent("Cleo")
    availability.set_available(cleo, False)
    by_turns(ana, capacity=2)
    given = []
    for _ in range(5):
        one = chat()
        one.asks()
        given.append(one.row.assignee_id)
    assert sorted(given[:2]) == sorted(given[2:4]) == sorted([ana.id, ben.id])
    assert given[4] is None  # both have two
    availability.set_capacity(ben, 3)
    assert rules.assign_waiting() == 1
    assert one.row.assignee_id == ben.id


def test_who_gets_free_is_given_the_longest_waiting_first(ana: User) -> None:
    availability.set_available(ana, False)
    by_turns(ana, capacity=1)
    first, second = chat(), chat()
    first.asks()
    second.asks()
    availability.set_available(ana, True)
    assert (first.row.assignee_id, second.row.assignee_id) == (ana.id, None)
    send(ana, first.id, "here you are")
    work.change(ana, first.id, Change(status="resolved"))
    assert rules.assign_waiting() == 1
    assert second.row.assignee_id == ana.id


def test_who_leaves_the_team_hands_on_what_they_have(ana: User, ben: User) -> None:
    one = taken(ana)
    by_turns(ben)
    agents.remove(ana)
    assert one.row.assignee_id == ben.id
