"""Who is writing and who is here: true for the moment, never logged, told to those it concerns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import api, services
from tests.web import database_inspection, group_setup

pytestmark = pytest.mark.any_database


def writes(person: api.Person, conversation: str) -> None:
    assert person.post(f"/w/conversations/{conversation}/typing").status_code == 204


def presence(stream: api.Stream, user: str) -> dict[str, Any]:
    """The next event that says whether this user is here."""
    while True:
        event = stream.next("presence")
        assert event.id is None
        if event.data["user"] == user:
            found: dict[str, Any] = event.data
            return found


def heard(stream: api.Stream, user: str) -> list[bool]:
    """What a stream was told of somebody's coming and going."""
    return [event.data["online"] for event in stream.of("presence") if event.data["user"] == user]


def head(person: api.Person, conversation: str) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"/w/conversations/{conversation}/head").json()
    return found


def test_that_somebody_is_writing_reaches_the_others_and_not_themselves(
    ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    with (
        services.closing(ada.listen()) as own,
        services.closing(bob.listen()) as his,
        services.closing(agent.listen()) as inbox,
    ):
        writes(ada, group)
        events = [stream.next("typing") for stream in (his, inbox)]
        written = ada.send("what I was writing", group).json()
        for event in events:
            assert event.data.pop("at") <= written["created_at"]  # so a tab knows what is true of the two
            assert event.data == {"conversation": group, "user": {"id": ada.id, "name": "Ada"}}
            assert event.id is None
        own.next("message")
        assert own.of("typing") == []


def test_of_the_team_the_agent_who_writes_is_named_and_colleagues_are_told_too(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    colleague, conversation = api.agent(server, "zoe@example.com"), visitor.conversation
    with services.closing(visitor.listen(as_json=False)) as popup, services.closing(agent.listen()) as inbox:
        writes(colleague, conversation)
        fragment = popup.next("typing").data
        assert f'data-conversation="{conversation}"' in fragment
        assert ">Zoe</span>" in fragment
        assert inbox.next("typing").data["user"]["name"] == "Zoe"


def test_that_somebody_was_writing_is_not_replayed(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    with services.closing(visitor.listen()) as stream:
        agent.send("hello", conversation)
        stream.next("message")
        writes(agent, conversation)
        stream.next("typing")
        position = stream.last_id
    agent.send("and", conversation)
    with services.closing(visitor.listen(last_id=position)) as again:
        again.next("message")
        assert again.of("typing") == []


def test_a_visitor_is_here_from_the_first_tab_until_a_while_after_the_last(
    server: services.ChatServer, ada: api.Person, bob: api.Person, agent: api.Person
) -> None:
    group = group_setup.group(ada, bob)
    with services.closing(agent.listen()) as inbox:
        tabs = [bob.listen(), bob.listen()]
        assert presence(inbox, bob.id) == {"user": bob.id, "online": True, "last_seen_at": None, "answers": None}
        [seen] = [it for it in head(ada, group)["members"] if it["id"] == bob.id]
        assert seen["presence"]["online"] is True
        reloading = ada.listen()
        presence(inbox, ada.id)
        began = datetime.now(UTC)
        for tab in (*tabs, reloading):
            tab.close()
        reloading = ada.listen()
        gone = presence(inbox, bob.id)
        assert (gone["online"], heard(inbox, bob.id)) == (False, [True, False])
        assert datetime.now(UTC) - began >= timedelta(seconds=5)
        last_seen = datetime.fromisoformat(gone["last_seen_at"])
        assert began - timedelta(seconds=1) < last_seen < began + timedelta(seconds=3)  # when the tab closed
        [seen] = [it for it in head(ada, group)["members"] if it["id"] == bob.id]
        assert seen["presence"] == gone
        # Ada has closed her tab at the same time and opened it again: a reload, of which nobody is told.
        assert heard(inbox, ada.id) == [True]
        assert heard(reloading, bob.id) == [False]
        assert database_inspection.run(server, "SELECT last_seen_at FROM users WHERE id = :id", id=ada.id) == [(None,)]
        reloading.close()


def test_those_who_share_a_conversation_are_told_who_comes_and_nobody_else(
    ada: api.Person, bob: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    stranger.send("hello")
    group_setup.group(ada, bob)
    with (
        services.closing(ada.listen()) as hers,
        services.closing(stranger.listen()) as other,
        services.closing(bob.listen()),
    ):
        assert presence(hers, bob.id)["online"] is True
        agent.send("hello", stranger.conversation)
        other.next("message")
        assert not [event for event in other.of("presence") if event.data["user"] != "team"]


def test_of_a_visitor_who_has_written_nothing_the_team_is_not_told(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    visitor.send("hello")
    with (
        services.closing(agent.listen()) as inbox,
        services.closing(stranger.listen()),
        services.closing(visitor.listen()),
    ):
        assert presence(inbox, visitor.id)["online"] is True
        assert heard(inbox, stranger.id) == []


def test_the_team_is_here_while_any_agent_is_and_every_visitor_is_told(own_server: services.ChatServer) -> None:
    visitors = [api.visitor(own_server.url) for _ in range(2)]
    agents = [api.agent(own_server) for _ in range(2)]
    popups = [visitor.listen() for visitor in visitors]
    conversation = visitors[0].conversation
    assert head(visitors[0], conversation)["presence"] == {
        "user": "team",
        "online": False,
        "last_seen_at": None,
        "answers": None,
        "inbox_open": False,
    }
    first = agents[0].listen()
    for popup in popups:
        assert presence(popup, "team")["online"] is True
    second = agents[1].listen()
    for popup in popups:
        assert presence(popup, "team")["online"] is True
    first.close()
    assert presence(popups[0], "team")["online"] is True  # when the first is known to have gone
    assert head(visitors[0], conversation)["presence"]["online"] is True
    second.close()
    for popup in popups:
        event = presence(popup, "team")
        while event["online"]:
            event = presence(popup, "team")
        assert event["last_seen_at"]
        popup.close()
    assert head(visitors[1], visitors[1].conversation)["presence"]["online"] is False


def test_how_soon_the_team_usually_answers_is_measured(own_server: services.ChatServer) -> None:
    asking, waiting, agent = api.visitor(own_server.url), api.visitor(own_server.url), api.agent(own_server)

    def usual() -> str | None:
        found: str | None = head(waiting, waiting.conversation)["presence"]["answers"]
        return found

    def ask(ago: timedelta) -> None:
        message = asking.send("anybody there?").json()
        at = (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f")
        database_inspection.run(
            own_server, "UPDATE messages SET created_at = :at WHERE id = :id", at=at, id=message["id"]
        )

    def answer() -> int | None:
        message = agent.send("yes", asking.conversation).json()
        [[seconds]] = database_inspection.run(
            own_server, "SELECT answered_after FROM messages WHERE id = :id", id=message["id"]
        )
        found: int | None = seconds
        return found

    agent.send("welcome", asking.conversation)  # nobody had waited for this
    assert usual() is None
    ask(timedelta(minutes=30))
    ask(timedelta(minutes=20))  # from the first one on they waited
    measured = answer()
    assert measured is not None
    assert 1800 <= measured <= 1815
    assert "an hour" in str(usual())
    assert answer() is None  # one who goes on talking answers nobody
    ask(timedelta(hours=20))
    answer()
    ask(timedelta(days=10))
    answer()
    assert "a day" in str(usual())  # the middle one of the three


def test_typing_too_often_is_throttled(server: services.ChatServer, visitor: api.Person) -> None:
    conversation = visitor.conversation
    writes(visitor, conversation)
    with database_inspection.redis_of(server) as redis:
        [counter] = redis.scan_iter(f"LIMITS:*{visitor.id}*minute")
        redis.set(counter, 120, keepttl=True)
    assert visitor.post(f"/w/conversations/{conversation}/typing").status_code == 429
