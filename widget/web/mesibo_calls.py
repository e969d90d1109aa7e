"""POST /w/calls/mesibo: what a visitor's browser needs to call the team in a mesibo app.

Never tried against the live service.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from widget import shapes
from widget.chat.errors import Unavailable, Unprocessable
from widget.link import asked
from widget.web import opening, viewer
from widget.web.limits import CALLS, by_user, limiter

bp = Blueprint("mesibo_calls", __name__, url_prefix="/w/calls")


@bp.post("/mesibo")
@limiter.limit(CALLS, key_func=by_user)
def prepare() -> Response:
    """A token of the visitor's own mesibo user, made just now, and whom to call.

    The keeper makes it: an app token may be used from a few addresses only, and it is the one that speaks with mesibo.
    """
    user = viewer.user()
    if opening.at_desk(user):
        raise Unprocessable("Only visitors call mesibo apps from here.")
    if not shapes.calls_to_apps():
        raise Unprocessable("The team cannot be called in a mesibo app here.")
    answer = asked.request(current_app.extensions["chat_redis"], "call", user=user.id, name=user.name)
    if answer is None or "token" not in answer:
        raise Unavailable((answer or {}).get("reason", "The call could not be prepared; please try again."))
    settings = shapes.settings()
    return jsonify(token=answer["token"], app_id=settings.mesibo_app_id, address=settings.destination[0])
