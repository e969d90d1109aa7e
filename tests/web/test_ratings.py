"""Ratings: asked once, of whom somebody has answered; what visitors say of a case stands on the case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import api, bots, services
from tests.web import database_inspection, team_setup
from tests.web.group_setup import entry
from tests.web.team_setup import change

pytestmark = pytest.mark.any_database


@pytest.fixture
def owner(server: services.ChatServer) -> Iterator[api.Person]:
    """An owner, in whose deployment visitors are asked for the time of this test."""
    found = team_setup.agent(server, "Olga", role="owner")
    assert found.post("/inbox/settings/numbers/ratings", json={"ask": "1"}).json()["asks_for_ratings"] is True
    yield found
    found.post("/inbox/settings/numbers/ratings", json={"ask": "0"})


def questions(person: api.Person, where: str) -> list[dict[str, Any]]:
    return [it for it in person.history(where) if "rating" in it]


def answered(visitor: api.Person, agent: api.Person) -> str:
    where = str(visitor.send("my pot is broken").json()["conversation"])
    agent.send("we send a new one", where)
    return where


def test_a_visitor_rates_a_resolved_case_once_with_a_comment_that_the_team_reads(
    owner: api.Person, ada: api.Person, bob: api.Person
) -> None:
    where = answered(ada, owner)
    with services.closing(ada.listen(as_json=False)) as stream:
        change(owner, where, status="resolved")
        shown = stream.next("message").data
    assert 'data-testid="rating"' in shown
    assert shown.count('type="radio"') == 5
    assert entry(ada, where)["unread"] == 1  # the answer; a question of the house is nothing to be read
    (question,) = questions(ada, where)
    assert (question["rating"], questions(owner, where)[0]["rating"]["open"]) == ({"score": None, "open": True}, False)
    path = f"/w/messages/{question['id']}/rating"
    assert bob.post(path, json={"score": 5}).status_code == 404
    assert owner.post(path, json={"score": 5}).status_code == 403
    assert [ada.post(path, json={"score": it}).status_code for it in (0, 6, "x", None)] == [422] * 4
    assert ada.post(path, json={"score": 4, "comment": "quick!"}).json()["rating"] == {"score": 4, "open": False}
    assert ada.post(path, json={"score": 1}).status_code == 409
    assert entry(owner, where)["rating"] == {"score": 4, "comment": "quick!"}
    assert entry(owner, where)["case"]["rating"] == {"score": 4, "comment": "quick!"}
    assert "rating" not in entry(ada, where)
    page = owner.get(f"/w/conversations/{where}", headers={"Accept": "text/html"}).text
    assert "Rated: Good" in page


def test_a_case_in_which_a_bot_was_quicker_is_rated_too(
    server: services.ChatServer, owner: api.Person, ada: api.Person, bob: api.Person
) -> None:
    begun = str(bob.conversation)
    owner.send("can I help?", begun)
    change(owner, begun, status="resolved")
    assert questions(bob, begun) == []
    where = str(ada.send("my pot is broken").json()["conversation"])
    bots.add(server).send("one moment", where)
    owner.send("we send a new one", where)
    change(owner, where, status="resolved")
    assert len(questions(ada, where)) == 1


def test_nobody_is_asked_twice_nor_after_silence_nor_against_the_agents_will(
    server: services.ChatServer, owner: api.Person, ada: api.Person, bob: api.Person, cleo: api.Person
) -> None:
    unanswered = str(bob.send("hello?").json()["conversation"])
    change(owner, unanswered, status="resolved")
    unasked = answered(cleo, owner)
    change(owner, unasked, status="resolved", ask_rating=False)
    assert questions(bob, unanswered) == questions(cleo, unasked) == []
    where = answered(ada, owner)
    for _again in range(2):  # the same case once more
        change(owner, where, status="resolved")
        change(owner, where, status="open")
    change(owner, where, status="resolved")
    past = "UPDATE cases SET resolved_at = :at, opened_at = :opened WHERE conversation_id = :id"
    # Another case: too early, too early after one that took long, and late enough.
    for opened, resolved, asked in ((3, 3, 1), (60, 3, 1), (60, 31, 2)):
        began, at = (datetime.now(UTC) - timedelta(days=days) for days in (opened, resolved))
        database_inspection.run(server, past, at=at, opened=began, id=where)
        answered(ada, owner)
        change(owner, where, status="resolved")
        assert len(questions(ada, where)) == asked, (opened, resolved)
