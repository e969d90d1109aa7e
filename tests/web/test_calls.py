"""Calls over HTTP: who learns of one, who wins, what reaches which tab, and what is left of it in the conversation."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

import pytest

from tests import api, services
from tests.concurrency import at_once
from tests.web import database_inspection, group_setup
from widget.chat.calls import ice_servers

pytestmark = pytest.mark.any_database

DESCRIPTION = {"type": "offer", "sdp": "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


@pytest.fixture(autouse=True)
def nobody_is_in_a_call(server: services.ChatServer) -> None:
    database_inspection.run(server, "UPDATE calls SET state = 'failed', due_at = NULL WHERE due_at IS NOT NULL")


def new_tab() -> str:
    return str(uuid.uuid4())


def begin(caller: api.Person, conversation: str | None = None, media: str = "voice", tab: str = "") -> dict[str, Any]:
    """Call; the answer."""
    fields = {"conversation": conversation or caller.conversation, "media": media, "tab": tab or new_tab()}
    answer = caller.post("/w/calls", json=fields)
    assert answer.status_code == 201, answer.text
    call: dict[str, Any] = answer.json()
    return call


def signal(person: api.Person, call: dict[str, Any], name: str, tab: str, **fields: Any) -> Any:
    return person.post(f"/w/calls/{call['id']}/{name}", json={"tab": tab, **fields})


def connected(caller: api.Person, agent: api.Person) -> tuple[dict[str, Any], str, str]:
    """A call that is going on; the call and the two tabs."""
    ours, theirs = new_tab(), new_tab()
    call = begin(caller, tab=ours)
    assert signal(agent, call, "answer", theirs).json()["state"] == "answered"
    assert signal(caller, call, "connected", ours, round=1).json()["state"] == "connected"
    return call, ours, theirs


def test_a_call_from_its_first_ring_to_the_line_it_leaves(ada: api.Person, agent: api.Person) -> None:
    conversation = ada.conversation
    with services.closing(ada.listen()) as hers, services.closing(agent.listen()) as theirs:
        call, ours, _ = connected(ada, agent)
        for stream, role in ((hers, "caller"), (theirs, "callee")):
            events = [stream.next("call").data for _ in range(3)]
            assert [it["state"] for it in events] == ["ringing", "answered", "connected"]
            assert {(it["id"], it["role"], it["media"]) for it in events} == {(call["id"], role, "voice")}
            assert [it["version"] for it in events] == [0, 1, 2]
        assert signal(ada, call, "hangup", ours).json()["state"] == "ended"
        for stream, mine in ((hers, True), (theirs, False)):
            assert stream.next("call").data["state"] == "ended"
            line = stream.next("message").data
            assert (line["kind"], line["mine"], line["conversation"]) == ("call", mine, conversation)
            assert line["call"] == {"id": call["id"], "media": "voice", "outcome": "ended", "duration": 0}
    assert [it["kind"] for it in ada.history(conversation)] == ["call"]


def test_of_many_tabs_that_answer_at_once_one_wins(ada: api.Person, agent: api.Person) -> None:
    call = begin(ada)
    answers = at_once([lambda: signal(agent, call, "answer", new_tab())] * 12)
    assert sorted(it.status_code for it in answers) == [200] + [410] * 11
    refusals = {it.json()["reason"] for it in answers if it.status_code == 410}
    assert refusals == {"This call was answered elsewhere."}
    won = next(it.json() for it in answers if it.ok)
    assert (won["state"], won["round"], won["version"]) == ("answered", 1, 1)


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_what_a_tab_says_reaches_the_other_one_and_nobody_else(
    ada: api.Person, bob: api.Person, agent: api.Person, server: services.ChatServer, accept: str
) -> None:
    colleague = api.agent(server)
    streams = [it.listen(accept == "application/json") for it in (ada, agent, bob, colleague)]
    call, ours, theirs = connected(ada, agent)
    assert signal(ada, call, "description", ours, round=1, n=1, description=DESCRIPTION).status_code == 204
    assert signal(agent, call, "candidates", theirs, round=1, n=1, candidates=[CANDIDATE, {"candidate": ""}]).ok
    signal(ada, call, "hangup", ours)
    for stream in streams[:2]:
        services.wait_for(lambda: stream.of("message"), "the line")  # noqa: B023
    bob.send("hello")
    services.wait_for(lambda: streams[2].of("message"), "his own message")
    events = [[it.data for it in stream.of("call") if "signal" in str(it.data)] for stream in streams]
    assert [len(it) for it in events] == [1, 1, 0, 0]
    assert theirs in str(events[1])
    assert ours in str(events[0])
    if accept == "application/json":
        assert events[1][0] == {
            **{"id": call["id"], "to": theirs, "round": 1, "n": 1},
            **{"signal": "description", "description": DESCRIPTION},
        }
        assert events[0][0]["candidates"] == [CANDIDATE, {"candidate": ""}]
    assert call["id"] not in str(streams[2].events)  # bob learns nothing
    for stream in streams:
        stream.close()


def test_a_tab_whose_stream_broke_off_misses_no_signal(ada: api.Person, agent: api.Person) -> None:
    call, ours, theirs = connected(ada, agent)
    stream = ada.listen()
    stream.close()
    for n in range(1, 30):
        assert signal(agent, call, "candidates", theirs, round=1, n=n, candidates=[CANDIDATE]).status_code == 204
    with services.closing(ada.listen(last_id=stream.last_id)) as again:
        assert [again.next("call").data["n"] for _ in range(29)] == list(range(1, 30))
    signal(ada, call, "hangup", ours)


def test_only_the_two_tabs_of_this_round_can_speak(ada: api.Person, agent: api.Person, bob: api.Person) -> None:
    call, ours, theirs = connected(ada, agent)

    def speak(person: api.Person, tab: str, round_: int = 1) -> tuple[int, str]:
        answer = signal(person, call, "description", tab, round=round_, n=1, description=DESCRIPTION)
        return answer.status_code, answer.json()["reason"] if answer.content else ""

    assert speak(bob, ours) == (404, "There is no such call.")
    assert speak(ada, new_tab()) == speak(ada, ours, 2) == (410, "This call goes on elsewhere.")
    assert signal(ada, call, "join", ours).json()["round"] == 2
    assert speak(agent, theirs) == (410, "This call goes on elsewhere.")
    assert speak(agent, theirs, 2) == (204, "")
    signal(ada, call, "hangup", ours)
    assert speak(agent, theirs, 2) == (410, "This call is over.")


def _lines(person: api.Person, conversation: str) -> list[dict[str, Any]]:
    return [it["call"] for it in person.history(conversation) if it["kind"] == "call"]


def test_missed_calls_count_as_unread_and_others_do_not(ada: api.Person, agent: api.Person) -> None:
    conversation = ada.conversation
    tab = new_tab()
    signal(ada, begin(ada, tab=tab), "hangup", tab)
    assert group_setup.entry(agent, conversation)["unread"] == 1
    assert group_setup.entry(ada, conversation)["unread"] == 0
    call, ours, _ = connected(ada, agent)
    signal(ada, call, "hangup", ours)
    assert group_setup.entry(agent, conversation)["unread"] == 1
    assert [it["outcome"] for it in _lines(ada, conversation)] == ["cancelled", "ended"]


def test_a_call_that_nobody_answers_is_ended_by_the_server(ada: api.Person, server: services.ChatServer) -> None:
    conversation = ada.conversation
    with services.closing(ada.listen()) as stream:
        call = begin(ada)
        past = {"past": "2020-01-01 00:00:00", "id": call["id"]}
        database_inspection.run(server, "UPDATE calls SET created_at = :past, due_at = :past WHERE id = :id", **past)
        services.wait_for(lambda: [it for it in stream.of("call") if it.data["state"] == "no-answer"], "its end")
    assert _lines(ada, conversation) == [{"id": call["id"], "media": "voice", "outcome": "no-answer", "duration": 0}]


def test_a_state_that_a_crash_kept_from_the_tabs_is_brought_by_the_sweeper(
    ada: api.Person, server: services.ChatServer
) -> None:
    with services.closing(ada.listen()) as stream:
        call = begin(ada)
        assert stream.next("call").data["version"] == 0
        left = "UPDATE calls SET version = 1, unpublished_since = '2020-01-01 00:00:00' WHERE id = :id"
        database_inspection.run(server, left, id=call["id"])
        assert stream.next("call").data["version"] == 1
        query = "SELECT unpublished_since FROM calls WHERE id = :id"
        services.wait_for(lambda: database_inspection.run(server, query, id=call["id"]) == [(None,)], "it to be noted")


def test_a_page_that_opens_while_it_rings_rings_as_well(ada: api.Person, agent: api.Person) -> None:
    call = begin(ada)
    html = {"Accept": "text/html"}
    assert f'data-call-id="{call["id"]}"' in agent.get("/inbox", headers=html).text
    assert f'data-call-id="{call["id"]}"' in ada.post("/w/session", headers=html).text
    signal(agent, call, "decline", new_tab())
    assert f'data-call-id="{call["id"]}"' not in agent.get("/inbox", headers=html).text


def test_from_a_group_a_visitor_calls_the_team_and_the_others_in_it_only_read_of_it(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group, tab = group_setup.group(ada, bob), new_tab()
    with services.closing(agent.listen()) as theirs, services.closing(bob.listen()) as his:
        call = begin(ada, group, tab=tab)
        assert call["peer"]["id"] == "team"
        ringing = theirs.next("call").data
        assert (ringing["state"], ringing["peer"]["id"]) == ("ringing", ada.id)
        for name in ("answer", "decline", "hangup"):
            assert signal(bob, call, name, new_tab()).status_code == 404
        signal(ada, call, "hangup", tab)
        line = his.next("message").data
        assert (line["body"], line["bystander"]) == ("Voice call, cancelled", True)
        assert his.of("call") == []
        missed = theirs.next("message").data
        assert (missed["body"], missed.get("bystander")) == ("Missed voice call", None)
    path, html = f"/w/conversations/{group}", {"Accept": "text/html"}
    assert "Call back" not in bob.get(path, headers=html).text
    assert "Call back" in agent.get(path, headers=html).text
    assert "Call again" in ada.get(path, headers=html).text


def test_in_a_group_the_team_calls_every_visitor_and_whoever_answers_first_has_it(
    ada: api.Person, bob: api.Person, agent: api.Person, server: services.ChatServer
) -> None:
    group, tab, colleague = group_setup.group(ada, bob), new_tab(), api.agent(server)
    gone = api.visitor(server.url, name="Cy")
    group_setup.join(ada, gone, group)
    assert gone.request("DELETE", f"/w/groups/{group}/members/me").ok
    with contextlib.ExitStack() as listening:
        streams = [listening.enter_context(services.closing(it.listen())) for it in (ada, bob, gone)]
        call = begin(agent, group, tab=tab)
        assert call["peer"]["name"] == "Tea round"
        assert [it.next("call").data["state"] for it in streams[:2]] == ["ringing", "ringing"]
        for other in (gone, colleague):
            assert signal(other, call, "answer", new_tab()).status_code == 404
        both, tabs = (ada, bob), (new_tab(), new_tab())
        answers = at_once([lambda n=n: signal(both[n], call, "answer", tabs[n]) for n in (0, 1)])  # type: ignore[misc]
        assert sorted(it.status_code for it in answers) == [200, 410]
        first = [it.status_code for it in answers].index(200)
        winner, other, its_tab = both[first], both[1 - first], tabs[first]
        assert answers[1 - first].json()["reason"] == "This call was answered elsewhere."
        taken = streams[1 - first].next("call").data
        assert (taken["state"], taken["mine"]) == ("answered", False)  # which takes the ringing away
        assert signal(agent, call, "here", tab, round=1).json()["peer"]["id"] == winner.id
        offer = {"round": 1, "n": 1, "description": DESCRIPTION}
        assert signal(winner, call, "description", its_tab, **offer).status_code == 204
        assert signal(other, call, "description", new_tab(), **offer).status_code == 404
        # Whoever is free is rung by the next one, and may decline; it is over when nobody is left.
        second = begin(colleague, group)
        assert signal(winner, second, "answer", new_tab()).status_code in (404, 422)
        assert signal(other, second, "decline", new_tab()).json()["state"] == "declined"
        signal(winner, call, "hangup", its_tab)
        assert streams[2].of("call") == []
    for person in (ada, bob):
        assert [it["outcome"] for it in _lines(person, group)] == ["declined", "ended"]
        assert person.request("DELETE", f"/w/groups/{group}/members/me").ok
    alone = agent.post("/w/calls", json={"conversation": group, "media": "voice", "tab": new_tab()})
    assert (alone.status_code, alone.json()["reason"]) == (422, "Nobody is here whom you could call.")


def test_a_line_about_a_call_stays_as_it_is(ada: api.Person, agent: api.Person) -> None:
    conversation = ada.conversation
    tab = new_tab()
    signal(ada, begin(ada, tab=tab), "hangup", tab)
    line = ada.history(conversation)[-1]
    path = f"/w/messages/{line['id']}"
    assert ada.request("PATCH", path, json={"body": "never"}).status_code == 403
    assert ada.request("DELETE", path).status_code == 403
    assert agent.request("PUT", f"{path}/reaction", json={"emoji": "👍"}).status_code == 403
    again = {"conversation": conversation, "client_id": group_setup.UUID}
    assert ada.post(f"{path}/forward", json=again).status_code == 422


def test_turn_credentials_are_coturns() -> None:
    # printf '%s' 1700000000:ada | openssl dgst -sha1 -hmac 'north remembers!' -binary | base64
    assert ice_servers.turn_credential("north remembers!", "ada", 1_700_000_000) == (
        "1700000000:ada",
        "OildqwEvN+4dV8NDTi1MEBwlisU=",
    )
