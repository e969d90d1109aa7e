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
    """Server-sent events after `Last-Event-ID`: fragments, or JSON with `?as=json`.

    An agent's fragments are those of the conversations that they have before them, and of all others the news in brief.
    """
    user = auth.user()
    form = request.args.get("as", "html")
    if form not in ("html", "json"):
        raise Unprocessable(_("%(name)s must be %(choices)s.", name="as", choices=listing(("html", "json"), "or")))
    as_json = form == "json"
    return sse.serve(
        user.id,
        request.headers.get("Last-Event-ID") or None,
        as_json,
        auth.session(),
        most=MOST if user.kind == "visitor" else None,
        is_selective=user.kind == "agent" and not as_json,
    )
