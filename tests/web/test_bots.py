"""A program is a member of the team: it sees what the team sees, as far as its scopes go, and no note without one."""

from __future__ import annotations

import uuid

import pytest

from tests import api, bots, services
from tests.web import group_setup, team_setup

pytestmark = pytest.mark.any_database

SECRET = "xyzzyx, for the team only"

WAYS = (
    "/w/conversations",
    "/w/conversations?q=xyzzyx",
    "/w/conversations?view=all&q=has:file",
    "/w/conversations/{where}",
    "/w/conversations/{where}?after=0",
    "/w/conversations/{where}?before=99",
    "/w/conversations/{where}?around=2",
    "/w/conversations/{where}/head",
    "/w/conversations/{where}/about",
    "/w/messages/{note}",
    "/w/messages/{note}/menu",
    "/w/messages/{note}/receipts",
    "/w/messages/{note}/forward",
    "/w/search?q=xyzzyx",
    "/w/search?q=xy",
    "/w/search?q=xyzzyx&conversation={where}",
)
"""Where a note, its author or its number could be met."""


@pytest.fixture
def parrot(server: services.ChatServer) -> api.Person:
    """A bot that may read and write."""
    return bots.add(server)


def test_without_the_scope_a_bot_meets_a_note_on_no_way(
    server: services.ChatServer, ada: api.Person, ana: api.Person, parrot: api.Person
) -> None:
    trusted = bots.add(server, "--scope", "read", "--scope", "notes")
    where = ada.send("hello").json()["conversation"]
    with services.closing(parrot.listen()) as stream, services.closing(trusted.listen()) as all_of_it:
        fields = {"body": SECRET, "client_id": str(uuid.uuid4()), "private": "1"}
        path = f"/w/conversations/{where}/messages"
        note = ana.post(path, data=fields, files={"file": ("xyzzyx.txt", b"x", "text/plain")}).json()
        met = set()
        for way in WAYS:
            place = way.format(where=where, note=note["id"])
            for form in ("application/json", "text/html"):
                answer = parrot.get(place, headers={"Accept": form})
                assert SECRET not in answer.text, way
                assert note["id"] not in answer.text.replace(place, ""), way
                if "{note}" in way:
                    assert answer.status_code == 404, way
                if note["id"] in trusted.get(place, headers={"Accept": form}).text:
                    met.add(way)
        assert len(met) > len(WAYS) / 2, met  # the table looks where a note is
        ana.post(f"/w/conversations/{where}/typing", json={"private": True})
        ana.request("PATCH", f"/w/messages/{note['id']}", json={"body": f"{SECRET} again"})
        ana.request("PUT", f"/w/messages/{note['id']}/reaction", json={"emoji": "👍"})
        team_setup.change(ana, where, assignee="me")
        ana.send("for everybody", where)
        while stream.next("message").data["body"] != "for everybody":
            pass
        stream.next("conversation")
        assert note["id"] not in str(stream.events)
        assert "xyzzyx" not in str(stream.events)
        assert stream.of("typing") == []
        assert all_of_it.next("message").data["id"] == note["id"]
        assert group_setup.entry(parrot, where)["last"]["body"] == "for everybody"
        assert group_setup.entry(parrot, where)["assignee"]["name"] == "Ana"
    team_setup.change(ana, where, assignee="")
    for what in ({"private": True}, {"reply_to": note["id"]}):
        refused = parrot.post(path, json={"body": "psst", "client_id": str(uuid.uuid4())} | what)
        assert refused.status_code == (403 if "private" in what else 422), refused.text
    assert parrot.post(f"/w/conversations/{where}/typing", json={"private": True}).status_code == 403


def test_a_bot_answers_under_its_own_name_and_misses_nothing_across_a_restart(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    parrot = bots.add(server, name="Polly")
    with services.closing(parrot.listen()) as stream, services.closing(ada.listen()) as popup:
        where = ada.send("hello").json()["conversation"]
        heard = stream.next("message")
        assert (heard.data["body"], heard.data["mine"]) == ("hello", False)
        parrot.post(f"/w/conversations/{where}/typing")
        assert popup.next("typing").data["user"]["name"] == "Polly"
        parrot.send("hello?", where)
        assert stream.next("message").data["mine"]
        assert popup.next("message").data["sender"] == {"id": parrot.id, "name": "Polly", "picture": None, "bot": True}
    page = ada.get(f"/w/conversations/{where}", headers={"Accept": "text/html"}).text
    assert "Polly · Bot" in page
    assert group_setup.entry(ana, where)["waiting_since"] is None
    ada.send("still there?", where)
    with services.closing(parrot.listen(last_id=stream.last_id)) as again:
        assert again.next("message").data["body"] == "still there?"
    plain = parrot.get(f"/w/conversations/{where}", headers={"Accept": "*/*"})  # what a program asks for by itself
    assert plain.json()["messages"][-1]["body"] == "still there?"


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["read"], "GET", "/w/conversations", 200),
        (["read"], "POST", "/w/conversations/{where}/typing", 403),
        (["write"], "POST", "/w/conversations/{where}/typing", 204),
        (["write"], "GET", "/w/conversations", 403),
        (["write"], "GET", "/w/stream?as=json", 403),
        (["read", "write"], "PATCH", "/w/conversations/{where}", 403),
        (["manage"], "PATCH", "/w/conversations/{where}", 200),
        (["read", "write"], "POST", "/w/canned", 403),
        (["read", "write"], "POST", "/w/groups", 403),
        (["read", "write", "notes", "manage"], "POST", "/w/calls", 403),
        (["read", "write", "notes", "manage"], "POST", "/w/calls/mesibo", 403),
        (["read", "write", "notes", "manage"], "GET", "/inbox/{where}/assign", 403),
        (["read", "write", "notes", "manage"], "GET", "/w/conversations/{where}/export", 403),
    ],
)
def test_a_bot_may_do_what_its_scopes_say_and_never_calls(
    server: services.ChatServer, ada: api.Person, scopes: list[str], method: str, path: str, status: int
) -> None:
    where = ada.send("hello").json()["conversation"]
    bot = bots.add(server, *(option for scope in scopes for option in ("--scope", scope)))
    fields = {"status": "resolved", "conversation": where, "media": "voice", "tab": str(uuid.uuid4())}
    answer = bot.request(method, path.format(where=where), json=fields if method != "GET" else None)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["error"] == "forbidden"


def test_a_visitor_asks_a_bot_for_a_person_and_its_late_answer_is_shown_to_nobody(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    name = f"Polly {ada.id}"
    polly = bots.add(server, "--first", name=name)
    try:
        where = ada.send("hello").json()["conversation"]
    finally:
        server.flask("bots", "first", name, "--off")
    assert group_setup.entry(ana, where)["assignee"] == {"id": polly.id, "name": name, "bot": True}
    row = ana.get(f"/w/conversations/{where}/entry", headers={"Accept": "text/html"}).text
    assert f'data-assignee="{polly.id}" data-with-bot data-waiting="2' in row
    assert where in {it["id"] for it in ana.get("/w/conversations?view=bot").json()["conversations"]}

    def sheets() -> list[bool]:
        as_html = {"headers": {"Accept": "text/html"}}
        shown = [it.get(f"/w/conversations/{where}/about", **as_html).text for it in (ada, ana)]
        return ["Talk to a person" in it for it in shown]

    assert sheets() == [True, False]  # it has not answered yet
    polly.send("What about?", where)
    pages = [it.get(f"/w/conversations/{where}", headers={"Accept": "text/html"}).text for it in (ada, ana)]
    assert ['data-testid="talk-to-person"' in it for it in pages] == [True, False]
    with services.closing(ada.listen()) as stream:
        assert ada.post(f"/w/conversations/{where}/handover").status_code == 200
        assert stream.next("message").data["body"].endswith("asked for a person.")
        late = polly.send("I have it!", where)
        assert (late.status_code, late.json()["error"]) == (409, "conflict")
        assert polly.post(f"/w/conversations/{where}/handover", json={"note": "?"}).status_code == 409
        assert ada.post(f"/w/conversations/{where}/handover", json={"note": "?"}).status_code == 403
    assert group_setup.entry(ana, where)["assignee"] is None
    assert sheets() == [False, False]
    assert "I have it!" not in str(ana.history(where))


def test_a_token_that_was_rotated_revoked_or_removed_lets_nobody_in(server: services.ChatServer) -> None:
    name = f"Poll {uuid.uuid4().hex[:8]}"
    tokens = [server.flask("bots", "add", name).split()[-1]]
    first = api.Person(server.url, {"Authorization": f"Bearer {tokens[0]}"})
    with services.closing(first.listen()) as stream:
        tokens.append(server.flask("bots", "rotate", name.upper()).split()[-1])
        assert stream.ended.wait(services.PATIENCE)
    works = [api.Person(server.url, {"Authorization": f"Bearer {it}"}).get("/w/agents").status_code for it in tokens]
    assert works == [401, 200]
    second = api.Person(server.url, {"Authorization": f"Bearer {tokens[1]}"})
    assert second.post("/w/session").status_code == 401  # a bot is no visitor
    server.flask("bots", "revoke", name)
    assert second.get("/w/agents").status_code == 401
    assert "token revoked" in next(it for it in server.flask("bots", "list").splitlines() if name in it)
    server.flask("bots", "remove", name)
    assert name not in server.flask("bots", "list")


def test_a_bot_that_listens_is_no_person_who_is_here(ada: api.Person, parrot: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    with services.closing(parrot.listen()) as stream:
        call = {"conversation": where, "media": "voice", "tab": str(uuid.uuid4())}
        assert ada.post("/w/calls", json=call).ok
        ada.send("anybody?", where)
        while stream.next("message").data["body"] != "anybody?":
            pass
        assert stream.of("call") == []
