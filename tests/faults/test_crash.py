"""A worker that is killed in the middle of sending costs a message a few seconds at most, and never doubles it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import requests

from tests import api, services
from tests.faults.crashing import AFTER_PUBLISH, BEFORE_PUBLISH
from tests.faults.processes import bodies, comes_back, nothing_is_unpublished


class CrashingServer(services.ChatServer):
    """A second server of the same deployment, whose worker dies on demand."""

    app = "tests.faults.crashing:app"


@pytest.fixture(scope="module")
def crashing(server: services.ChatServer) -> Iterator[CrashingServer]:
    found = CrashingServer(server.environ["REDIS_URL"], server.environ["DATABASE_URL"])
    with services.closing(found):
        yield found


def dies_of(request: Callable[[], requests.Response]) -> float:
    """Ask for what kills the worker; returns when that was."""
    with pytest.raises(requests.ConnectionError):
        request()
    return time.monotonic()


def test_a_worker_killed_between_commit_and_publish_delays_the_message_by_at_most_five_seconds(
    server: services.ChatServer, crashing: CrashingServer
) -> None:
    sender, colleague = api.visitor(crashing.url), api.agent(server)
    elsewhere = api.Person(server.url, sender.headers)
    conversation, client_id = sender.conversation, str(uuid.uuid4())
    streams = [colleague.listen(), elsewhere.listen()]
    cut_off = sender.listen()

    killed = dies_of(lambda: sender.send(BEFORE_PUBLISH, conversation, client_id))

    arrived = [stream.next("message", killed + 5 - time.monotonic(), conversation).data for stream in streams]
    assert [message["body"] for message in arrived] == [BEFORE_PUBLISH] * 2
    assert cut_off.ended.wait(5), "the dead worker's own stream is still open"
    streams.append(comes_back(sender, cut_off.last_id))
    services.wait_for(lambda: nothing_is_unpublished(server.environ["DATABASE_URL"]), "the sweepers")
    assert sender.send("and after it", conversation).status_code == 201
    for stream in streams:
        services.wait_for(lambda: "and after it" in bodies(stream, conversation), "the next message")  # noqa: B023
        assert bodies(stream, conversation) == [BEFORE_PUBLISH, "and after it"]

    retries = [person.send(BEFORE_PUBLISH, conversation, client_id) for person in (sender, elsewhere)]
    assert [retry.status_code for retry in retries] == [200, 200]
    assert {retry.json()["id"] for retry in retries} == {arrived[0]["id"]}
    assert [message["body"] for message in sender.history()] == [BEFORE_PUBLISH, "and after it"]
    for stream in streams:
        stream.close()


def test_a_worker_killed_right_after_it_published_makes_nobody_hear_it_twice(
    server: services.ChatServer, crashing: CrashingServer
) -> None:
    sender, colleague = api.visitor(crashing.url), api.agent(server)
    conversation = sender.conversation
    stream = colleague.listen()

    killed = dies_of(lambda: sender.send(AFTER_PUBLISH, conversation))

    stream.next("message", killed + 1 - time.monotonic(), conversation)
    assert not nothing_is_unpublished(server.environ["DATABASE_URL"]), "it was noted as published after all"
    services.wait_for(lambda: nothing_is_unpublished(server.environ["DATABASE_URL"]), "the sweepers")
    elsewhere = api.Person(server.url, sender.headers)
    assert elsewhere.send("and after it", conversation).status_code == 201
    services.wait_for(lambda: "and after it" in bodies(stream, conversation), "the next message")
    assert bodies(stream, conversation) == [AFTER_PUBLISH, "and after it"]
    stream.close()


@pytest.mark.parametrize("when", [BEFORE_PUBLISH, AFTER_PUBLISH], ids=["before publishing", "after publishing"])
def test_a_worker_killed_while_a_message_is_edited_brings_the_change_to_every_tab_once(
    when: str, server: services.ChatServer, crashing: CrashingServer
) -> None:
    author, colleague = api.visitor(crashing.url), api.agent(server)
    elsewhere = api.Person(server.url, author.headers)
    message = elsewhere.send("what I wrote first").json()
    streams = [colleague.listen(), elsewhere.listen()]
    services.wait_for(lambda: nothing_is_unpublished(server.environ["DATABASE_URL"]), "the message's own way")

    killed = dies_of(lambda: author.request("PATCH", f"/w/messages/{message['id']}", json={"body": when}))

    for stream in streams:
        change = stream.next("message-update", killed + 5 - time.monotonic(), message["id"]).data
        assert (change["id"], change["body"], change["version"]) == (message["id"], when, message["version"] + 1)
        assert stream.next("conversation", about=message["conversation"]).data["last"]["body"] == when
    services.wait_for(lambda: nothing_is_unpublished(server.environ["DATABASE_URL"]), "the sweepers")
    retry = elsewhere.request("PATCH", f"/w/messages/{message['id']}", json={"body": when})
    assert (retry.status_code, retry.json()["version"]) == (200, message["version"] + 1)
    elsewhere.send("and after it")
    for stream in streams:
        services.wait_for(lambda: "and after it" in bodies(stream, message["conversation"]), "the next message")  # noqa: B023
        assert bodies(stream, message["conversation"]) == ["and after it"]  # it is not taken for a new message
        assert len([it for it in stream.of("message-update") if it.data["id"] == message["id"]]) == 1
        stream.close()
    assert [it["body"] for it in elsewhere.history()] == [when, "and after it"]
