"""/w/popouts: the popup's session goes on in a window of its own."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from widget import popouts
from widget.chat.errors import Expired, Unauthorized
from widget.i18n import _
from widget.web import auth, fields, network_address
from widget.web.limits import POPOUTS, by_network, by_user, limiter

bp = Blueprint("popouts", __name__, url_prefix="/w")

LONGEST = 2000
"""The longest address of a page that the window can lead back to, in characters."""


@bp.post("/popouts")
@limiter.limit(POPOUTS, key_func=by_user)
def issue() -> tuple[Response, int]:
    """A ticket with which a window of this browser goes on with the visitor's session; good once, for a minute."""
    current = auth.visitor()
    if current is None:
        raise Unauthorized(_("Nobody is signed in."))
    page = fields.body().get("page")
    known = isinstance(page, str) and len(page) <= LONGEST and page.startswith(("http:", "https:"))
    session = popouts.Session(current[1], str(page) if known else "")
    return jsonify({"ticket": popouts.issue(session, _browser())}), 201


@bp.post("/popouts/<ticket>")
@limiter.limit(POPOUTS, key_func=by_network)
def redeem(ticket: str) -> Response:
    """The session that a ticket stands for."""
    auth.own_page()
    session = popouts.redeem(ticket, _browser())
    if session is None:
        raise Expired(_("This window was opened too long ago, or elsewhere. Please go back to the page."))
    return jsonify(session._asdict())


def _browser() -> str:
    """The same for two requests of one browser, as far as can be told."""
    return f"{network_address.of_request()} {request.headers.get('User-Agent', '')[:200]}"
