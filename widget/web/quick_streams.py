"""Opens visitors' streams before Flask sees the request: after a restart everybody comes back at the same moment, and
finding the way through the app would be a third of what each of them costs.

Whose token lets whom in is known by `chat/users/tokens.py`, what a stream is by `realtime/`, what surrounds an answer
by the app itself, which is asked once. All that is not a visitor's plain request for a stream goes on to Flask: agents,
programs, and whoever is to be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from widget import extensions
from widget.batching import Batch
from widget.chat.users import tokens
from widget.realtime import open_in, socket_takeover, sse
from widget.web import errors
from widget.web.views.stream import MOST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

AT_ONCE = 64
"""How many tokens are looked up in one question."""

FORMS = {"": False, "as=html": False, "as=json": True}
"""The queries that are understood here, and whether they ask for JSON."""

Header = list[tuple[str, str]]


class QuickStreams:
    """The WSGI layer that does it."""

    def __init__(self, app: Flask, inner: WSGIApplication):
        self._app = app
        self._inner = inner
        self._parts = extensions.of(app)
        self._owners = Batch(self._owners_of, AT_ONCE)
        self._headers: dict[str, Header] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        token = _token(environ)
        try:
            is_open = bool(token) and self._open(environ, token)
        except Exception as error:
            return errors.answer(self._app, environ, error)(environ, start_response)
        if not is_open:
            return self._inner(environ, start_response)
        start_response("200 OK", self._headers_for(environ))
        return ()

    def _open(self, environ: WSGIEnvironment, token: str) -> bool:
        """Open the stream of whoever has this token; False when it lets nobody in, of which Flask says why."""
        owner = self._owners.ask(token)
        if owner is None:
            return False
        last_id, as_json = environ.get("HTTP_LAST_EVENT_ID") or None, FORMS[environ["QUERY_STRING"]]
        open_in(self._parts.hub, environ, owner.user_id, last_id, as_json, owner.session, MOST)
        return True

    def _owners_of(self, secrets: Sequence[str]) -> list[tokens.Owner | None]:
        with self._app.app_context():
            return tokens.owners(secrets, "visitor")

    def _headers_for(self, environ: WSGIEnvironment) -> Header:
        """What every stream's answer begins with, as the app would have it: the same for all who come by https."""
        scheme = environ["wsgi.url_scheme"]
        if scheme not in self._headers:
            with self._app.request_context(environ):
                self._headers[scheme] = self._app.process_response(sse.response()).headers.to_wsgi_list()
        return self._headers[scheme]


def _token(environ: WSGIEnvironment) -> str:
    """The token of a visitor's plain request for a stream, whose socket can be taken over; empty for any other."""
    if (
        environ["PATH_INFO"] != "/w/stream"
        or environ["REQUEST_METHOD"] != "GET"
        or environ["QUERY_STRING"] not in FORMS
        or "HTTP_CONTENT_ENCODING" in environ
        or not socket_takeover.possible(environ)
    ):
        return ""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token if scheme == "Bearer" and token.isascii() and not token.startswith(tokens.BOT_PREFIX) else ""
