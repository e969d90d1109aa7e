"""An agent's own sessions, password and second factor: /inbox/sessions."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget.chat import appearance
from widget.chat.errors import NotFound, Unauthorized, Unprocessable
from widget.chat.users import agents, second_factor, tokens
from widget.i18n import _
from widget.models import Token, User
from widget.text import browsers
from widget.threads import run_in_thread
from widget.web import auth, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import SIGN_INS, by_user, limiter

bp = Blueprint("agent_sessions", __name__, url_prefix="/inbox")


def _agent() -> User:
    agent = auth.agent()
    if agent is None:
        raise Unauthorized(_("Nobody is signed in."))
    return agent


@bp.get("/sessions")
def sessions() -> Response:
    """One's sessions, each with its browser and last use; and whether there is a second factor."""
    agent = _agent()
    return _shown(agent)


def _shown(agent: User, reason: str = "", codes: list[str] | None = None) -> Response:
    sessions = [_session(it) for it in tokens.list_sessions(agent)]
    shape = {"sessions": sessions, "second_factor": agent.totp_secret is not None}
    return respond(shape, lambda: _page(agent, sessions, reason, codes or []), 422 if reason else 200)


def _session(token: Token) -> dict[str, Any]:
    which = tokens.session_id(token.hash)
    return {
        "id": which,
        "browser": token.browser,
        "created_at": serializers.iso_time(token.created_at),
        "used_at": serializers.iso_time(token.used_at or token.created_at),
        "current": which == auth.session(),
    }


def _page(agent: User, sessions: list[dict[str, Any]], reason: str, codes: list[str]) -> str:
    secret = None if agent.totp_secret or codes else second_factor.new_secret()
    address = secret and second_factor.address(secret, agent, appearance.current().name)
    names = run_in_thread(lambda: [browsers.name(it["browser"]) for it in sessions])
    return render_template(
        "inbox/sessions.html",
        sessions=[it | {"browser_name": name} for it, name in zip(sessions, names, strict=True)],
        has_password=agent.password_hash is not None,
        second_factor=agent.totp_secret is not None,
        required=auth.lacks_second_factor(agent),
        secret=secret,
        picture=address and segno.make(address).svg_data_uri(scale=4, border=2),
        codes=codes,
        reason=reason,
    )


@bp.post("/sessions/end")
def end() -> AnyResponse:
    """End one `session` by its id, or all others (`others`)."""
    auth.own_page()
    agent = _agent()
    which = fields.exact(fields.body(), "session", 16) or ""
    ids = [tokens.session_id(it.hash) for it in tokens.list_sessions(agent)]
    ended = [it for it in ids if it != auth.session()] if which == "others" else [it for it in ids if it == which]
    if not ended and which != "others" and fields.wants_json():  # a page shows that it has ended, whoever did it
        raise NotFound(_("There is no such session."))
    for each in ended:
        tokens.end_session(agent, each)
    return respond({"ended": ended}, lambda: "") if fields.wants_json() else redirect("/inbox/sessions", 303)


@bp.post("/password")
@limiter.limit(SIGN_INS, key_func=by_user)
def password() -> AnyResponse:
    """Choose a new `password`, with the `old` one or soon after signing in by a link; other sessions end."""
    auth.own_page()
    agent = _agent()
    form = fields.body()
    new, old = fields.exact(form, "password", 200) or "", fields.exact(form, "old", 200) or ""
    agents.set_password(agent, new, old, auth.agent_cookie())
    if request.headers.get("Sec-Fetch-Mode") == "navigate":  # the form of the page of one's sessions
        return redirect("/inbox/sessions", 303)
    return Response(render_template("inbox/password_set.html"), mimetype="text/html")


@bp.post("/second-factor")
@limiter.limit(SIGN_INS, key_func=by_user)
def set_up() -> Response:
    """Ask for codes from now on: the `secret` that the app was given, and a `code` that it makes of it."""
    auth.own_page()
    agent = _agent()
    if agent.totp_secret:
        raise Unprocessable(_("There is a second factor already; end it first."))
    form = fields.body()
    codes = second_factor.set_up(agent, fields.exact(form, "secret", 64) or "", fields.exact(form, "code", 10) or "")
    return respond({"recovery_codes": codes}, lambda: _page(agent, [], "", codes))


@bp.post("/second-factor/end")
@limiter.limit(SIGN_INS, key_func=by_user)
def end_second_factor() -> AnyResponse:
    """Ask for codes no more; needs a `code`. All sessions end."""
    auth.own_page()
    agent = _agent()
    if not second_factor.takes(agent, fields.exact(fields.body(), "code", 40) or ""):
        raise Unprocessable(_("This code is wrong, or was used before."))
    second_factor.reset(agent, by=agent)
    return redirect("/inbox", 303)
