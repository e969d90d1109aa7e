"""What is settled about a request before any view sees it: how its body is packed, and a slash too many."""

from __future__ import annotations

from flask import Flask, redirect, request
from flask.globals import request_ctx
from werkzeug.exceptions import NotFound, UnsupportedMediaType
from werkzeug.wrappers import Response

from widget.i18n import lazy


class EncodedBody(UnsupportedMediaType):
    """A body that is packed, which nobody here unpacks: it could be a bomb, and no browser sends any."""

    reason = lazy("The body must not be compressed; send it without a Content-Encoding.")

    def get_headers(self, *args: object, **kwargs: object) -> list[tuple[str, str]]:
        """Also what is taken instead (RFC 9110, 15.5.16)."""
        return [*super().get_headers(*args, **kwargs), ("Accept-Encoding", "identity")]  # type: ignore[arg-type]


def register(app: Flask) -> None:
    """Check every request."""
    app.before_request(_refuse_encoded_body)
    app.before_request(_lead_to_address_without_slash)


def _refuse_encoded_body() -> None:
    if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        raise EncodedBody


def _lead_to_address_without_slash() -> Response | None:
    """`/popup/` leads to `/popup`: people type a slash at the end, and programs add one."""
    if not isinstance(request.routing_exception, NotFound) or request.method not in ("GET", "HEAD"):
        return None
    # One slash at the beginning: with two, the rest would be the name of another host.
    path = "/" + request.path.strip("/")
    adapter = request_ctx.url_adapter
    if not request.path.endswith("/") or path == "/" or adapter is None or not adapter.test(path, request.method):
        return None
    query = request.query_string.decode("latin-1")
    return redirect(path + ("?" + query if query else ""), 308)
