"""POST /w/calls/mesibo: what a visitor's browser needs to call the team in a mesibo app.

Never tried against the live service.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from widget import extensions
from widget.chat.errors import Unavailable, Unprocessable
from widget.i18n import _, mark
from widget.mesibo import commands
from widget.web import auth, conversation_page, serializers
from widget.web.limits import CALLS, by_user, limiter

bp = Blueprint("mesibo_calls", __name__, url_prefix="/w/calls")


@bp.post("/mesibo")
@limiter.limit(CALLS, key_func=by_user)
def prepare() -> Response:
    """A token of the visitor's own mesibo user, made just now, and whom to call.

    The process with the lease makes it: an app token may be used from a few addresses only.
    """
    user = auth.user()
    if conversation_page.is_agent(user):
        raise Unprocessable(_("Only visitors call mesibo apps from here."))
    if not serializers.calls_to_apps():
        raise Unprocessable(_("The team cannot be called in a mesibo app here."))
    answer = commands.call(extensions.current().redis, "call", user=user.id, name=user.name)
    if answer is None or "token" not in answer:
        raise Unavailable(_((answer or {}).get("reason") or mark("The call could not be prepared; please try again.")))
    settings = extensions.settings()
    return jsonify(token=answer["token"], app_id=settings.mesibo_app_id, address=settings.destination[0])
