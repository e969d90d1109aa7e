"""Calls: beginning one, and all that a tab says about one, to the server or to the tab at the other end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, render_template

from widget import extensions
from widget.chat.calls import calls, ice_servers
from widget.chat.calls.signals import OF_A_ROUND, SIGNALS
from widget.chat.calls.states import LIVE
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.models import Call, User
from widget.notifications import subscriptions
from widget.realtime import online
from widget.web import auth, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.fields import Fields
from widget.web.limits import CALL_SIGNALS, CALLS, by_user, limiter

bp = Blueprint("calls", __name__, url_prefix="/w/calls")

SDP_LIMIT = 32_000
"""The longest session description, in characters; a browser's own have some 8,000."""

CANDIDATES = 40
"""How many ICE candidates may come at once."""


@bp.post("")
@limiter.limit(CALLS, key_func=by_user)
def start() -> Response:
    """Call the other side of a `conversation` by `media` voice or video, from a `tab` (a UUID of the browser's)."""
    user = auth.user()
    form = fields.body()
    conversation_id = fields.object_id(form, "conversation", "a conversation") or ""
    media = fields.one_of(form, "media", *calls.MEDIA)
    call, created = calls.start(user, conversation_id, media, fields.required_uuid(form, "tab"), _reachable)
    return _call(call, user, 201 if created else 200)


def _reachable(user_ids: Iterable[str]) -> set[str]:
    """Those of these people at whom a call rings: who has a tab open, or a browser that takes push."""
    known = list(user_ids)
    return online(known) | subscriptions.reachable(known)


@bp.post(f"/<id:call_id>/<any({','.join(SIGNALS)}):name>")
@limiter.limit(CALL_SIGNALS, key_func=by_user)
def signal(call_id: str, name: str) -> Response:
    """What a `tab` does or sees, about the connection of a `round`; answers with the call as it is then."""
    user = auth.user()
    form = fields.body()
    tab = fields.required_uuid(form, "tab")
    round_ = fields.whole_number(form.get("round"), "round") if name in OF_A_ROUND else None
    return _call(calls.signal(user, call_id, name, tab, round_), user)


@bp.post("/<id:call_id>/<any(description,candidates):what>")
@limiter.limit(CALL_SIGNALS, key_func=by_user)
def relay(call_id: str, what: str) -> Response:
    """A session description or ICE candidates for the other tab; `n` counts what this one sends in a `round`."""
    user = auth.user()
    form = fields.body()
    tab = fields.required_uuid(form, "tab")
    round_, n = (fields.whole_number(form.get(name), name) for name in ("round", "n"))
    content = _description(form) if what == "description" else _candidates(form)
    calls.relay(user, call_id, tab, round_, {"signal": what, "n": n, what: content})
    return Response(status=204)


def _call(call: Call, user: User, status: int = 200) -> Response:
    """The call, with the servers that it takes only while it is live: their credentials are in no log."""
    shape = serializers.call(call, user.id)
    if shape["mine"] and call.state in LIVE:
        shape["ice_servers"] = ice_servers.servers(extensions.settings(), user.id)
    return respond(shape, lambda: render_template("call/panel.html", call=shape), status)


def _description(form: Fields) -> dict[str, str]:
    """An RTCSessionDescription."""
    description = form.get("description")
    if not isinstance(description, dict):
        raise Unprocessable(_("%(name)s must be an object.", name="description"))
    sdp = fields.verbatim(description.get("sdp"), "sdp", SDP_LIMIT)
    if not sdp.startswith("v=0"):
        raise Unprocessable(_("%(name)s must be a session description.", name="sdp"))
    return {"type": fields.one_of(description, "type", "offer", "answer"), "sdp": sdp}


def _candidates(form: Fields) -> list[dict[str, Any]]:
    """Some RTCIceCandidates; an empty one ends them."""
    candidates = form.get("candidates")
    if not isinstance(candidates, list) or not 0 < len(candidates) <= CANDIDATES:
        raise Unprocessable(_("%(name)s must be a list of 1 to %(most)s.", name="candidates", most=CANDIDATES))
    return [_candidate(it) for it in candidates]


def _candidate(it: object) -> dict[str, Any]:
    if not isinstance(it, dict):
        raise Unprocessable(_("A candidate must be an object."))
    candidate: dict[str, Any] = {"candidate": fields.verbatim(it.get("candidate"), "candidate", 1000)}
    for name in ("sdpMid", "usernameFragment"):
        if it.get(name) is not None:
            candidate[name] = fields.verbatim(it[name], name, 256)
    if it.get("sdpMLineIndex") is not None:
        candidate["sdpMLineIndex"] = fields.whole_number(it["sdpMLineIndex"], "sdpMLineIndex")
    return candidate
