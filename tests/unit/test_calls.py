"""The state machine of calls: every signal in every state from everybody, in any order, late and double ones too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import update

from tests import services
from tests.unit.call_scene import AGENTS, ANSWERED_STATES, Scene, new_agent, new_tab
from widget import create_app, db, extensions, migrations, settings
from widget.chat.calls import calls
from widget.chat.calls.signals import OF_A_ROUND, SIGNALS
from widget.chat.calls.states import LIVE, OUTCOMES, TALKING
from widget.chat.errors import Expired, Forbidden, NotFound, Refusal, Unprocessable
from widget.models import Call, now
from widget.web.views import calls as calls_view

WHO = ("caller", "caller elsewhere", "callee", "callee elsewhere", "colleague")


@pytest.fixture(scope="module")
def app(redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    database = f"sqlite:///{tmp_path_factory.mktemp('calls')}/chat.db"
    turn = {"ICE_SERVERS": "stun:t.example:3478,turn:t.example:3478", "TURN_SECRET": "north remembers!"}
    app = create_app(settings.from_environ({"REDIS_URL": redis_server.database(), "DATABASE_URL": database} | turn))
    migrations.upgrade(extensions.of(app).engine)
    with app.app_context():
        AGENTS[:] = [new_agent(), new_agent()]
        yield app
    extensions.of(app).engine.dispose()


def expected(state: str, signal: str, who: str) -> str | type[Refusal]:
    """What a signal makes of a call: the whole table, with "nothing" as the rule."""
    side = who.partition(" ")[0]
    elsewhere = who.endswith("elsewhere")
    talks = state in ANSWERED_STATES
    if who == "stranger":
        return NotFound
    if signal == "answer":
        if side == "caller":
            return Forbidden
        if state == "ringing":
            return "answered"
        return state if who == "callee" and state in TALKING else Expired
    if signal == "join":
        if side == "colleague" or (side == "callee" and not talks):
            return Forbidden
        if state in OUTCOMES:
            return Expired
        return state if state == "ringing" else "reconnecting"
    if state in OUTCOMES or side == "colleague":
        return state
    if signal == "hangup" and side == "caller":
        return "cancelled" if state == "ringing" else "ended"
    if signal == "hangup" and state != "ringing":
        return "ended"
    if state == "ringing" or elsewhere:
        return state
    if signal == "connected":
        return "connected"
    if signal == "leave" or (signal == "lost" and state == "connected"):
        return "reconnecting"
    return state


def _ask(scene: Scene, state: str, signal: str, who: str) -> None:
    """Once and again; what is refused changes nothing, nor does an earlier signal."""
    wanted = expected(state, signal, who)
    before = scene.call
    if not isinstance(wanted, str):
        with pytest.raises(wanted):
            scene.signal(who, signal)
        assert scene.call.version == before.version
        return
    assert scene.signal(who, signal) == wanted
    once = scene.call
    if wanted == before.state and signal not in ("join", "decline", "hangup"):
        assert once.version == before.version
    assert scene.signal(who, signal) == wanted
    if signal != "join":  # which begins another round each time
        assert (scene.call.version, scene.call.round) == (once.version, once.round)
    over = wanted in OUTCOMES
    assert (scene.call.due_at is None) == over
    assert [line.kind for line in scene.lines] == ["call"] * over


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("state", LIVE)
def test_every_signal_in_every_state_from_everybody_once_and_again(
    app: Flask, state: str, signal: str, who: str
) -> None:
    _ask(Scene().alone().reach(state), state, signal, who)


@pytest.mark.parametrize("state", OUTCOMES)
def test_nothing_that_anybody_says_changes_a_call_that_is_over(app: Flask, state: str) -> None:
    scene = Scene().alone().reach(state)
    version = scene.call.version
    for signal in SIGNALS:
        for who in (*WHO, "stranger"):
            _ask(scene, state, signal, who)
    assert scene.call.version == version


@pytest.mark.parametrize("state", LIVE)
def test_to_a_stranger_it_is_as_if_there_were_no_call(app: Flask, state: str) -> None:
    scene = Scene().alone().reach(state)
    version = scene.call.version
    for signal in SIGNALS:
        _ask(scene, state, signal, "stranger")
    assert scene.call.version == version


@pytest.mark.parametrize("signal", OF_A_ROUND)
def test_a_signal_of_an_earlier_connection_comes_too_late(app: Flask, signal: str) -> None:
    scene = Scene().alone().reach("connected")
    scene.signal("callee", "join")
    state, version = scene.call.state, scene.call.version
    for who in ("caller", "callee"):
        assert scene.signal(who, signal, round_=1) == state
    assert scene.call.version == version


def test_it_goes_on_ringing_at_the_others_until_the_last_one_declines(app: Flask) -> None:
    scene = Scene().alone().begin()
    assert scene.signal("callee", "decline") == "ringing"
    assert [it.id for it in calls.live_of(scene.ana)] == []
    assert [it.id for it in calls.live_of(scene.ben)] == [scene.id]
    assert scene.signal("colleague", "decline") == "declined"
    assert calls.live_of(scene.ben) == []


def test_whoever_calls_back_while_it_rings_has_answered(app: Flask) -> None:
    scene = Scene().alone().begin()
    call, is_new = calls.start(scene.ana, scene.conversation, "video", scene.people["callee"][1], lambda _: set())
    assert (call.id, call.state, call.callee_id, is_new) == (scene.id, "answered", scene.ana.id, False)


def test_asking_twice_from_one_tab_makes_one_call_and_from_another_none(app: Flask) -> None:
    scene = Scene().alone().begin()
    user, own = scene.people["caller"]
    again, is_new = calls.start(user, scene.conversation, "voice", own, lambda _: set())
    assert (again.id, is_new) == (scene.id, False)
    with pytest.raises(Unprocessable, match="in a call already"):
        calls.start(user, scene.conversation, "voice", new_tab(), lambda _: set())


def test_nobody_can_be_in_two_calls(app: Flask) -> None:
    Scene().alone().reach("connected")
    other = Scene().begin()
    assert {ring.user_id for ring in other.call.rings} == {other.ben.id}
    with pytest.raises(Unprocessable, match="in a call already"):
        other.signal("callee", "answer")
    assert other.call.state == "ringing"


def test_when_nobody_is_here_it_rings_for_whoever_comes(app: Flask) -> None:
    scene = Scene().alone()
    call, _ = calls.start(scene.visitor, scene.conversation, "voice", new_tab(), lambda _: set())
    assert call.state == "ringing"
    assert call.id in [it.id for it in calls.live_of(new_agent())]


def test_the_other_side_is_busy_while_it_is_rung_by_somebody_else(app: Flask) -> None:
    scene = Scene().alone()
    first, _ = calls.start(scene.ana, scene.conversation, "voice", new_tab(), lambda _: set())
    second, _ = calls.start(scene.ben, scene.conversation, "voice", new_tab(), lambda _: set())
    assert (first.state, second.state) == ("ringing", "busy")


def _due(scene: Scene) -> timedelta:
    due_at = scene.call.due_at
    assert due_at is not None
    return due_at - now()


@pytest.mark.parametrize(
    ("state", "longest"),
    [("ringing", 45), ("answered", 30), ("connected", 120), ("reconnecting", 30)],
)
def test_every_call_has_an_end_that_comes_by_itself(app: Flask, state: str, longest: int) -> None:
    scene = Scene().alone().reach(state)
    assert timedelta(seconds=longest - 2) < _due(scene) <= timedelta(seconds=longest)
    assert calls.end_overdue() == 0
    scene.let_time_pass()
    outcome = {"ringing": "no-answer", "answered": "failed"}.get(state, "ended")
    assert scene.call.state == outcome
    assert len(scene.lines) == 1
    assert calls.end_overdue() == 0


@pytest.mark.parametrize("state", LIVE)
def test_a_tab_that_was_closed_is_waited_for_for_ten_seconds(app: Flask, state: str) -> None:
    scene = Scene().alone().reach(state)
    scene.signal("caller", "leave")
    assert timedelta(seconds=8) < _due(scene) <= timedelta(seconds=10)
    scene.signal("caller", "join")
    assert _due(scene) > timedelta(seconds=25)


def test_a_caller_who_goes_away_has_cancelled(app: Flask) -> None:
    scene = Scene().alone().begin()
    scene.signal("caller", "leave")
    with db.transaction() as session:
        session.execute(update(Call).where(Call.id == scene.id).values(due_at=now() - timedelta(seconds=1)))
    calls.end_overdue()
    assert scene.call.state == "cancelled"


def test_a_call_that_was_left_counts_until_then(app: Flask) -> None:
    scene = Scene().alone().reach("connected")
    scene.signal("caller", "leave")
    call = scene.call
    with db.transaction() as session:
        times = {"connected_at": call.changed_at - timedelta(seconds=125), "due_at": now() - timedelta(seconds=9)}
        session.execute(update(Call).where(Call.id == scene.id).values(**times))
    calls.end_overdue()
    assert (scene.call.state, scene.call.duration) == ("ended", 125)
    assert scene.lines[0].body == "Voice call, 2:05"


def test_a_word_from_a_tab_keeps_a_call_alive(app: Flask) -> None:
    scene = Scene().alone().reach("connected")
    with db.transaction() as session:
        session.execute(update(Call).where(Call.id == scene.id).values(due_at=now() + timedelta(seconds=1)))
    version = scene.call.version
    scene.signal("callee", "here")
    assert _due(scene) > timedelta(seconds=110)
    assert scene.call.version == version  # nothing that anybody would have to be told


EDGES = {
    "ringing": {"answered", "declined", "cancelled", "no-answer"},
    "answered": {"connected", "reconnecting", "ended", "failed"},
    "connected": {"reconnecting", "ended"},
    "reconnecting": {"connected", "ended", "failed"},
}
STEPS = st.one_of(
    st.tuples(st.sampled_from((*WHO, "stranger")), st.sampled_from(sorted(SIGNALS)), st.integers(0, 1)),
    st.just(("time", "", 0)),
)


@given(steps=st.lists(STEPS, min_size=4, max_size=14))
@rules(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_in_whatever_order_a_call_goes_its_way_and_ends_once(
    app: Flask, steps: list[tuple[str, str, int]]
) -> None:
    scene = Scene().alone().begin()
    answered_by = None
    for who, signal, behind in steps:
        before = scene.call
        try:
            if who == "time":
                scene.let_time_pass()
            else:
                scene.signal(who, signal, round_=before.round - behind)
        except Refusal:
            assert scene.call.version == before.version
        call = scene.call
        assert call.state == before.state or call.state in EDGES.get(before.state, set())
        if before.state in OUTCOMES:
            assert call.version == before.version
        seen = (call.state, call.round, call.caller_tab, call.callee_tab, [it.declined_at for it in call.rings])
        was = (
            before.state,
            before.round,
            before.caller_tab,
            before.callee_tab,
            [it.declined_at for it in before.rings],
        )
        assert call.version > before.version or seen == was
        assert answered_by in (None, call.callee_id)
        answered_by = call.callee_id
        assert (call.due_at is None) == (call.state in OUTCOMES) == bool(scene.lines)
        assert (call.connected_at is not None) or call.state not in ("connected",)
    assert len(scene.lines) <= 1


@pytest.mark.parametrize("state", [*LIVE, "ended", "declined", "no-answer"])
def test_turn_credentials_are_given_for_two_hours_to_whoever_is_in_a_call_that_rings_or_runs(
    state: str, app: Flask
) -> None:
    scene = Scene().alone().reach(state)
    for who in ("caller", "callee", "colleague"):
        with app.test_request_context(headers={"Accept": "application/json"}):
            servers = calls_view._call(scene.call, scene.people[who][0]).get_json().get("ice_servers", [])
        is_in_it = state in LIVE and (who == "caller" or (who == "callee" and state != "ringing"))
        users = [it["username"] for it in servers if "username" in it]
        assert len(users) == is_in_it, who
        for name in users:
            until, _colon, whose = name.partition(":")
            assert (0 < int(until) - time.time() <= 2 * 3600, whose) == (True, scene.people[who][0].id)
