"""The chat on a real cluster of three Redis nodes, with two servers as on two machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import api, services

VISITORS = 12


@pytest.fixture(scope="module")
def cluster() -> Iterator[services.RedisCluster]:
    with services.closing(services.RedisCluster()) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def servers(
    cluster: services.RedisCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[services.ChatServer]]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    with contextlib.ExitStack() as stack:
        place = (cluster.url, f"sqlite:///{folder}/chat.db")
        yield [stack.enter_context(services.closing(services.ChatServer(*place))) for _ in range(2)]


def visitors(server: services.ChatServer, cluster: services.RedisCluster) -> list[api.Person]:
    """Some visitors, among them some of every node."""
    people: list[api.Person] = []
    while len(people) < VISITORS or len({cluster.home(it.id) for it in people}) < cluster.NODES:
        people.append(api.visitor(server.url))
    return people


def elsewhere(person: api.Person, server: services.ChatServer) -> api.Person:
    """The same person, on the other machine."""
    return api.Person(server.url, person.headers, person.id)


def test_a_message_reaches_tabs_on_every_machine_wherever_the_cluster_keeps_its_user(
    servers: list[services.ChatServer],
) -> None:
    agent = api.agent(servers[0])
    with contextlib.ExitStack() as stack:
        inbox = stack.enter_context(services.closing(elsewhere(agent, servers[1]).listen()))
        for number in range(VISITORS):
            visitor = api.visitor(servers[number % 2].url)
            near = stack.enter_context(services.closing(visitor.listen()))
            far = stack.enter_context(services.closing(elsewhere(visitor, servers[1 - number % 2]).listen()))
            message = visitor.send(f"hello {number}").json()
            assert near.next("message").data["id"] == far.next("message").data["id"] == message["id"]
            assert inbox.next("message").data["id"] == message["id"]


def test_what_was_missed_is_replayed_from_the_node_that_has_the_log(servers: list[services.ChatServer]) -> None:
    visitor = api.visitor(servers[0].url)
    with services.closing(visitor.listen()) as stream:
        visitor.send("seen")
        last_id = stream.next("message").id
    visitor.send("missed")
    with services.closing(elsewhere(visitor, servers[1]).listen(last_id=last_id)) as stream:
        assert stream.next("message").data["body"] == "missed"
        assert len(stream.of("message")) == 1


def test_an_announcement_stays_on_the_node_of_its_user(
    servers: list[services.ChatServer], cluster: services.RedisCluster
) -> None:
    def channels() -> list[set[bytes]]:
        found = [cluster.node(number).pubsub_shardchannels(b"chat:*") for number in range(cluster.NODES)]
        return [set(it) for it in found]  # type: ignore[arg-type]

    people = visitors(servers[0], cluster)
    with contextlib.ExitStack() as stack:
        for person in people:
            stack.enter_context(services.closing(person.listen()))
        wanted = {f"chat:0:{{{person.id}}}:live".encode() for person in people}
        nodes = [it & wanted for it in channels()]
        assert set().union(*nodes) == wanted
        assert sum(map(len, nodes)) == len(wanted), "a channel is on two nodes"
        for number, own in enumerate(nodes):
            assert own == {f"chat:0:{{{it.id}}}:live".encode() for it in people if cluster.home(it.id) == number}
        assert not any(cluster.node(number).pubsub_channels() for number in range(cluster.NODES))


def test_people_see_each_other_come_over_the_cluster(servers: list[services.ChatServer]) -> None:
    visitor, agent = api.visitor(servers[0].url), api.agent(servers[0])
    visitor.send("hello")
    with services.closing(elsewhere(agent, servers[1]).listen()) as inbox, services.closing(visitor.listen()):
        seen = inbox.next("presence").data
        while (seen["user"], seen["online"]) != (visitor.id, True):
            seen = inbox.next("presence").data


def test_when_a_node_is_lost_and_comes_back_empty_every_tab_is_told_and_no_message_is_lost(
    servers: list[services.ChatServer], cluster: services.RedisCluster
) -> None:
    people = visitors(servers[0], cluster)
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(services.closing(person.listen())) for person in people]
        cluster.restart(1)
        for stream in streams:
            assert stream.ended.wait(services.PATIENCE)
    for number, person in enumerate(people):
        message = services.wait_for(lambda person=person: _sent(person), "a message that is accepted")  # type: ignore[misc]
        back = services.wait_for(lambda person=person: _listening(person), "a stream")  # type: ignore[misc]
        with services.closing(back):
            assert [it["id"] for it in person.history()] == [message]
            person.send(f"after {number}")
            assert any(back.next("message").data["body"] == f"after {number}" for _ in range(2))


def _sent(person: api.Person) -> str | None:
    answer = person.send("during", client_id="00000000-0000-4000-8000-000000000000")
    return str(answer.json()["id"]) if answer.ok else None


def _listening(person: api.Person) -> api.Stream | None:
    stream = person.listen()
    return stream if stream.response.ok else None
