"""flask-sse's public face on this engine: `sse.publish(data, type=…, channel=<user id>)` reaches all a user's tabs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import flask_sse
from flask import Response, request
from flask_sse import ServerSentEventsBlueprint

from widget import extensions
from widget.realtime import socket_takeover
from widget.realtime.events import Event, publish
from widget.realtime.subscriber import GeneratorSubscriber, SocketSubscriber

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from widget.realtime.hub import Hub


class Streams(ServerSentEventsBlueprint):  # type: ignore[misc]
    """The blueprint of flask-sse with a log behind it and one Redis connection a process."""

    def publish(
        self,
        data: Any,
        type: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        channel: str = "sse",
    ) -> None:
        """Send an event to all tabs of the user whose id is `channel`.

        The event's id is given by the log; `id` is accepted for flask-sse's sake and not used.
        """
        publish([(channel, Event(data, type=type, retry=retry))])

    def serve(
        self,
        user_id: str,
        last_id: str | None,
        as_json: bool,
        session: str = "",
        most: int | None = None,
        is_selective: bool = False,
    ) -> Response:
        """The open stream of a user, after `last_id`, for as long as the `session` lasts; the oldest of more than
        `most` ends. A selective one has whole only what the user follows. Raises StreamsUnavailable when none can be
        opened now."""
        if request.method == "HEAD":
            return self.response()
        hub = extensions.current().hub
        return self.response(open_in(hub, request.environ, user_id, last_id, as_json, session, most, is_selective))

    def response(self, body: Iterable[bytes] = ()) -> Response:
        """What a stream's answer is like."""
        response = Response(iter(body), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-cache, no-transform"
        response.headers["X-Accel-Buffering"] = "no"  # nginx would wait for more bytes
        return response


def open_in(
    hub: Hub,
    environ: WSGIEnvironment,
    user_id: str,
    last_id: str | None,
    as_json: bool,
    session: str,
    most: int | None,
    is_selective: bool = False,
) -> Iterable[bytes]:
    """Open the stream of a user for this request, and return the answer's body: empty where the hub takes the socket
    over. Otherwise like `Streams.serve`."""
    own_socket = socket_takeover.possible(environ)
    subscriber = (SocketSubscriber if own_socket else GeneratorSubscriber)(
        user_id, as_json, hub.forget, session, is_selective
    )
    hub.open(subscriber, last_id, most)
    if isinstance(subscriber, GeneratorSubscriber):
        return subscriber
    environ[socket_takeover.SUBSCRIBER] = subscriber
    return ()


sse = Streams("sse", __name__)

# `from flask_sse import sse`, as flask-sse's own documentation says, means this engine as well, before and after now.
flask_sse.sse.publish = sse.publish
flask_sse.sse = sse
