"""/metrics tells Prometheus what a worker does and what waits."""

from __future__ import annotations

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests import api, parts


def figures(server: parts.ChatServer) -> dict[str, float]:
    answer = requests.get(f"{server.url}/metrics", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        sample.name: sample.value for family in text_string_to_metric_families(answer.text) for sample in family.samples
    }


def test_the_figures_follow_what_happens(own_server: parts.ChatServer) -> None:
    server = own_server  # on a shared one it is told who comes and goes elsewhere
    before = figures(server)
    visitor = api.visitor(server.url)
    with parts.closing(visitor.listen()) as one, parts.closing(visitor.listen()) as two:
        assert figures(server)["chat_streams"] == before["chat_streams"] + 2
        visitor.say("hello")
        for stream in (one, two):
            stream.next("conversation")
        # A message and its list entry, in two tabs.
        assert figures(server)["chat_events_total"] == before["chat_events_total"] + 4
    parts.wait_for(lambda: figures(server)["chat_streams"] == before["chat_streams"], "the streams to be forgotten")
    parts.wait_for(lambda: figures(server)["chat_outbox_waiting"] == 0, "the outbox to be drained")
    assert figures(server)["chat_unpublished"] == 0
    parts.wait_for(lambda: figures(server)["chat_keeper"] == 1, "the lease")
