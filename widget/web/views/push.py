"""The inbox as an app: its manifest, and push to its browsers by a service worker."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from widget.chat import appearance
from widget.chat.errors import Forbidden
from widget.i18n import _
from widget.models import User
from widget.notifications import push_keys, subscriptions
from widget.web import auth, fields
from widget.web.limits import GROUPS, by_user, limiter
from widget.web.views import static

bp = Blueprint("push", __name__)


@bp.get("/inbox-worker.js")
def worker() -> Response:
    """The service worker; its address never changes, and it stands beside the inbox, whose pages it may focus."""
    response = Response(static.minified(static.FOLDER / "js/inbox/push_worker.js"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@bp.get("/inbox/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to know to put the inbox among its apps."""
    sizes = (("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"))
    icons = [
        {
            "src": static.asset(f"icons/inbox-{'maskable' if purpose == 'maskable' else size.partition('x')[0]}.png"),
            "sizes": size,
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in sizes
    ]
    response = jsonify(
        id="/inbox",
        name=_("%(team)s: inbox", team=appearance.current().name),
        short_name=appearance.current().name[:12],
        start_url="/inbox",
        scope="/inbox",
        display="standalone",
        background_color="#ffffff",
        theme_color="#ffffff",
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.get("/inbox/push")
def key() -> Response:
    """What a browser subscribes with."""
    _agent()
    return jsonify(key=push_keys.public_key())


@bp.post("/inbox/push")
@limiter.limit(GROUPS, key_func=by_user)
def subscribe() -> Response:
    """Tell this browser of visitors: `endpoint`, `p256dh` and `auth` of its subscription."""
    agent, form = _agent(), fields.body()
    endpoint = fields.exact(form, "endpoint", subscriptions.LONGEST) or ""
    keys = (fields.exact(form, "p256dh", 120) or "", fields.exact(form, "auth", 40) or "")
    subscriptions.add(agent, auth.agent_cookie(), endpoint, *keys)
    return Response(status=204)


@bp.delete("/inbox/push")
def unsubscribe() -> Response:
    """Tell this browser nothing more: the `endpoint` of its subscription."""
    subscriptions.remove(_agent(), fields.exact(fields.body(), "endpoint", subscriptions.LONGEST) or "")
    return Response(status=204)


def _agent() -> User:
    """A person of the team in a browser of theirs; raises Forbidden to visitors and bots."""
    found = auth.team()
    if found.kind != "agent" or not auth.agent_cookie():
        raise Forbidden(_("Only somebody who has signed in to the inbox can do this."))
    return found
