"""/metrics tells Prometheus what a worker does and what waits."""

from __future__ import annotations

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests import api, services

pytestmark = pytest.mark.any_database


def figures(server: services.ChatServer) -> dict[str, float]:
    answer = requests.get(f"{server.url}/metrics", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        sample.name: sample.value for family in text_string_to_metric_families(answer.text) for sample in family.samples
    }


def test_the_figures_follow_what_happens(own_server: services.ChatServer) -> None:
    server = own_server  # on a shared one it is told who comes and goes elsewhere
    before = figures(server)
    visitor = api.visitor(server.url)
    with services.closing(visitor.listen()) as one, services.closing(visitor.listen()) as two:
        assert figures(server)["chat_streams"] == before["chat_streams"] + 2
        visitor.send("hello")
        for stream in (one, two):
            stream.next("conversation")
        # A message and its list entry, in two tabs.
        assert figures(server)["chat_events_total"] == before["chat_events_total"] + 4
    services.wait_for(lambda: figures(server)["chat_streams"] == before["chat_streams"], "the streams to be forgotten")
    services.wait_for(lambda: figures(server)["chat_outbox_waiting"] == 0, "the outbox to be drained")
    services.wait_for(lambda: figures(server)["chat_unpublished"] == 0, "what is published to be written down")
    services.wait_for(lambda: figures(server)["chat_keeper"] == 1, "the lease")
