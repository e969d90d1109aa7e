"""Web Push: agents are told with no tab open, by a service that sees who sends and not what."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests import api, services
from tests.push_service import Browser, PushService
from tests.web import database_inspection, team_setup
from tests.web.group_setup import entry
from tests.web.team_setup import change, note

pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    with services.closing(PushService()) as service:
        yield service


def subscribed(agent: api.Person, service: PushService) -> Browser:
    browser = service.browser()
    service.key = agent.get("/inbox/push").json()["key"]
    assert agent.post("/inbox/push", json=browser.subscription).status_code == 204
    return browser


def told(browser: Browser, count: int = 1) -> list[str]:
    services.wait_for(lambda: len(browser.told) >= count, "a push")
    return [f"{it['title']}: {it['body']}" for it in browser.told]


def test_a_visitors_words_reach_the_browsers_of_those_who_want_them_and_nobody_elses(
    server: services.ChatServer, ada: api.Person, ana: api.Person, ben: api.Person, push_service: PushService
) -> None:
    hers, his, second = (subscribed(it, push_service) for it in (ana, ben, ana))
    where = ada.send("my *pot* is broken").json()["conversation"]
    assert told(hers) == told(his) == told(second) == ["Ada: my pot is broken"]
    assert hers.told[0]["url"] == f"/inbox/{where}"
    assert push_service.headers[-1]["Topic"] == where
    # From here on it is Ana's; Ben wants to be told of all, without words, Ana reads it at once.
    change(ana, where, assignee="me")
    ben.post("/inbox/settings/notifications/mine", json={"push": "all", "words": "0"})
    ada.send("the handle", where)
    seq = ada.send("and the lid", where).json()["seq"]
    ana.post(f"/w/conversations/{where}/read", json={"upto": seq})
    services.wait_for(lambda: len(his.told) > 1, "a push without words")
    assert {it["body"] for it in his.told[1:]} == {"A new message"}
    note(ben, where, "@Ana look at this")
    services.wait_for(lambda: hers.told[-1]["title"] == "Ben has mentioned you", "a mention")
    assert "and the lid" not in str(hers.told)
    ben.post(f"/w/people/{ada.id}/notes", json={"body": "@Ana knows her"})
    services.wait_for(lambda: hers.told[-1]["body"] == "@Ana knows her", "a mention about a person")
    assert (hers.told[-1]["title"], hers.told[-1]["url"]) == ("Ben has mentioned you", f"/inbox/{where}")
    # Who has signed out is told nothing more; nor is whoever wants nothing.
    ben.post("/inbox/settings/notifications/mine", json={"push": "none"})
    ana.post("/inbox/sessions/end", json={"session": "others"})
    ana.request("DELETE", "/inbox/push", json={"endpoint": second.endpoint})
    before = len(his.told), len(second.told)
    ada.send("hello?", where)
    services.wait_for(lambda: hers.told[-1]["body"] == "hello?", "the last push")
    assert (len(his.told), len(second.told)) == before


def test_a_call_rings_at_browsers_with_no_tab_open_for_as_long_as_it_lasts_and_no_longer(
    ada: api.Person, ana: api.Person, ben: api.Person, push_service: PushService
) -> None:
    hers, his = (subscribed(it, push_service) for it in (ana, ben))
    ben.post("/inbox/settings/notifications/mine", json={"push": "none"})
    where = ada.conversation
    tab = {"tab": str(uuid.uuid4())}
    call = ada.post("/w/calls", json={"conversation": where, "media": "video"} | tab).json()
    assert told(hers) == ["Ada: Incoming video call"]
    assert (hers.told[0]["kind"], hers.told[0]["url"]) == ("call", f"/inbox/{where}")
    sent = push_service.headers[-1]
    assert (sent["TTL"], sent["Urgency"], sent["Topic"]) == ("45", "high", where)
    # A click leads to the conversation, where it can be answered.
    assert str(call["id"]) in ana.get(f"/inbox/{where}", headers={"Accept": "text/html"}).text
    assert ada.post(f"/w/calls/{call['id']}/hangup", json=tab).status_code == 200
    assert told(hers, 2)[1] == "Ada: Missed call"
    # One whose first push could not be delivered is over when it is tried again: nobody is told of it any more.
    hers.answers = [503]
    call = ada.post("/w/calls", json={"conversation": where, "media": "voice"} | tab).json()
    services.wait_for(lambda: not hers.answers, "a push that is not taken")
    assert ada.post(f"/w/calls/{call['id']}/hangup", json=tab).status_code == 200
    assert told(hers, 3)[2] == "Ada: Missed call"
    assert [it["kind"] for it in hers.told] == ["call", "call-over", "call-over"]
    assert his.told == []


def test_expired_subscriptions_go_and_what_fails_for_a_moment_is_tried_again(
    server: services.ChatServer, ada: api.Person, push_service: PushService
) -> None:
    cleo = team_setup.agent(server, "Cleo")
    gone, busy = subscribed(cleo, push_service), subscribed(cleo, push_service)
    gone.answers, busy.answers = [410], [503]
    where = ada.send("hello").json()["conversation"]
    assert entry(cleo, where)["status"] == "open"

    def rows(what: str) -> int:
        found = database_inspection.run(server, what, user=cleo.id)
        return int(found[0][0]) if found else 0

    mine = "SELECT count(*) FROM push_subscriptions WHERE user_id = :user"
    services.wait_for(lambda: rows(mine) == 1, "the expired one to go")
    waits = "SELECT count(*) FROM notifications WHERE user_id = :user AND attempts = 1 AND due_at IS NOT NULL"
    services.wait_for(lambda: rows(waits) == 1, "the other to wait")
    database_inspection.run(
        server,
        "UPDATE notifications SET due_at = created_at WHERE user_id = :user AND due_at IS NOT NULL",
        user=cleo.id,
    )
    assert told(busy) == ["Ada: hello"]
    assert gone.told == []


def test_only_browsers_of_agents_subscribe_and_only_at_a_push_service(
    server: services.ChatServer, visitor: api.Person, ana: api.Person, push_service: PushService
) -> None:
    good = push_service.browser().subscription
    assert visitor.get("/inbox/push").status_code == visitor.post("/inbox/push", json=good).status_code == 403
    assert api.Person(server.url).get("/inbox/push").status_code == 401
    wrong = ({"endpoint": "ftp://x"}, {"endpoint": ""}, {"p256dh": "AAAA"}, {"auth": "?"}, {"auth": ""})
    assert [ana.post("/inbox/push", json=good | it).status_code for it in wrong] == [422] * len(wrong)
    worker = api.Person(server.url).get("/inbox-worker.js")
    assert (worker.headers["Content-Type"].partition(";")[0], worker.headers["Cache-Control"]) == (
        "text/javascript",
        "no-cache",
    )
    manifest = api.Person(server.url).get("/inbox/manifest.webmanifest").json()
    assert manifest["start_url"] == manifest["scope"] == "/inbox"
    for icon in manifest["icons"]:
        assert api.Person(server.url).get(icon["src"]).headers["Content-Type"] == "image/png"
