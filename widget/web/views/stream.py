"""GET /w/stream: the one stream over which everything reaches the tabs of whoever is asking."""

from __future__ import annotations

from flask import Blueprint, Response, request

from widget.chat.errors import Unprocessable
from widget.i18n import _, listing
from widget.realtime import sse
from widget.web import auth

bp = Blueprint("stream", __name__, url_prefix="/w")

MOST = 50
"""How many streams a visitor may have open in the whole deployment; with one more, the oldest ends."""


@bp.get("/stream")
def stream() -> Response:
    """Server-sent events after `Last-Event-ID`: fragments, or JSON with `?as=json`."""
    user = auth.user()
    form = request.args.get("as", "html")
    if form not in ("html", "json"):
        raise Unprocessable(_("%(name)s must be %(choices)s.", name="as", choices=listing(("html", "json"), "or")))
    most = MOST if user.kind == "visitor" else None
    return sse.serve(user.id, request.headers.get("Last-Event-ID") or None, form == "json", auth.session(), most)
