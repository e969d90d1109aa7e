"""/metrics in Prometheus's text format: what this worker does, and what waits in the deployment."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from widget import extensions
from widget.background import retention
from widget.broadcast import outbox
from widget.chat.errors import Unauthorized
from widget.i18n import _
from widget.mesibo import outbox as mesibo_outbox
from widget.realtime.hub import Hub
from widget.web import operators

bp = Blueprint("metrics", __name__)


class _Chat(Collector):
    """Read afresh at each scrape. A scrape reaches one worker; its label tells which."""

    def collect(self) -> Iterator[Metric]:
        hub: Hub = extensions.current().hub
        worker = [str(os.getpid())]
        streams = GaugeMetricFamily("chat_streams", "Open event streams of this worker.", labels=["worker"])
        streams.add_metric(worker, hub.subscribers)
        yield streams
        events = CounterMetricFamily("chat_events", "Events given to tabs by this worker.", labels=["worker"])
        events.add_metric(worker, hub.delivered)
        yield events
        refused = CounterMetricFamily(
            "chat_refused", "Posts that this worker refused because there was too much to do.", labels=["worker"]
        )
        refused.add_metric(worker, extensions.current().in_flight.refused)
        yield refused
        lease = GaugeMetricFamily(
            "chat_keeper", "1 when this worker holds the lease of the deployment.", labels=["worker"]
        )
        lease.add_metric(worker, int(extensions.current().mesibo_worker.lease.held))
        yield lease
        gone = CounterMetricFamily(
            "chat_deleted", "What was out of date and deleted by this worker.", labels=["worker", "kind"]
        )
        for kind, count in retention.deleted.items():
            gone.add_metric([*worker, kind], count)
        yield gone
        yield GaugeMetricFamily("chat_outbox_waiting", "Messages that wait for mesibo.", mesibo_outbox.count_waiting())
        yield GaugeMetricFamily(
            "chat_unpublished", "Messages that are committed and not published yet.", outbox.count()
        )


_registry = CollectorRegistry(auto_describe=False)
_registry.register(_Chat())
ProcessCollector(registry=_registry)


@bp.get("/metrics")
def metrics() -> Response:
    """The figures of this worker and of the deployment; where METRICS_TOKEN is set, to whoever brings it."""
    if extensions.settings().metrics_token and not operators.shows_token():
        raise Unauthorized(_("The metrics need METRICS_TOKEN as a bearer token."))
    return Response(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)
