"""The inbox: where agents sign in and answer. Its lists and messages are the fragments of the popup."""

from __future__ import annotations

import contextlib

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget import extensions
from widget.chat.calls import calls
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import NotFound, Unauthorized
from widget.chat.messages import history
from widget.chat.users import agents, tokens
from widget.i18n import _
from widget.models import User
from widget.realtime import events
from widget.web import auth, conversation_page, fields, limits, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import SIGN_INS, SIGN_INS_ACCOUNT, SIGN_INS_ALL, SIGN_INS_NETWORK, limiter

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("")
def inbox() -> AnyResponse:
    """The desk with all conversations, or the sign-in page."""
    agent = auth.agent()
    if agent is None:
        return Response(_sign_in_page(), mimetype="text/html")
    return Response(_desk(agent, None), mimetype="text/html")


@bp.get("/<id:conversation_id>")
def conversation(conversation_id: str) -> AnyResponse:
    """The desk with one conversation open: what a link to it leads to."""
    agent = auth.agent()
    if agent is None:
        return redirect("/inbox")
    return Response(_desk(agent, conversation_id), mimetype="text/html")


def _desk(agent: User, conversation_id: str | None) -> str:
    position = events.newest_id(agent.id)
    views = conversation_views.list_for(agent)
    conversation_page.note_delivered(agent, views)
    opened = {}
    if conversation_id:
        around = _of(agent, conversation_id, request.args.get("message", ""))
        opened = conversation_page.page_of(agent, conversation_id, around)
    return render_template(
        "inbox/desk.html",
        agent=serializers.user(agent),
        team=extensions.settings().display_name,
        login=agent.login,
        needs_password=agent.password_hash is None,
        position=position,
        calls=[serializers.call(it, agent.id) for it in calls.live_of(agent)],
        link=serializers.current_mesibo_status(is_agent=True),
        conversations=[serializers.conversation(view) for view in views],
        **({"is_agent": True, "conversation": None} | opened),
    )


def _of(agent: User, conversation_id: str, message_id: str) -> int | None:
    """The number of a message that a link leads to; None when it is not one of this conversation."""
    with contextlib.suppress(NotFound):
        message, _ = history.get(agent, message_id)
        return message.seq if message.conversation_id == conversation_id else None
    return None


def _sign_in_refused(reason: str, email: str = "") -> Response:
    return respond({"error": "unauthorized", "reason": reason}, lambda: _sign_in_page(reason, email), 401)


def _sign_in_page(reason: str | None = None, email: str = "") -> str:
    return render_template("inbox/sign_in.html", team=extensions.settings().display_name, reason=reason, email=email)


@bp.post("/sign-in")
@limiter.limit(SIGN_INS, key_func=limits.by_account_and_network)
@limiter.limit(SIGN_INS_ACCOUNT, key_func=limits.by_account)
@limiter.limit(SIGN_INS_NETWORK, key_func=limits.by_network)
@limiter.limit(SIGN_INS_ALL, key_func=limits.together)
def sign_in() -> AnyResponse:
    """Check address and password; the page comes back with the reason when they are wrong."""
    auth.own_page()
    form = fields.body()
    email = fields.exact(form, "email", 320) or ""
    try:
        cookie = agents.sign_in(email, fields.exact(form, "password", 200) or "")
    except Unauthorized as refusal:
        return _sign_in_refused(refusal.reason, email)
    return _let_in(cookie)


@bp.get("/link/<secret>")
def link(secret: str) -> AnyResponse:
    """Sign in with a one-time link. A mere HEAD, as link checkers send it, does not use it up."""
    if request.method == "HEAD":
        return Response()
    agent = tokens.spend(secret, "link")
    if agent is None:
        return _sign_in_refused(_("This link was used before or is too old; ask for a fresh one."))
    return _let_in(agents.open_inbox(agent))


def _let_in(cookie: str) -> AnyResponse:
    response = redirect("/inbox", 303)
    response.set_cookie(
        auth.COOKIE,
        cookie,
        max_age=tokens.INBOX_LIFETIME,
        secure=request.is_secure or extensions.settings().public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """Forget the cookie, here and on the server."""
    auth.own_page()
    tokens.revoke(request.cookies.get(auth.COOKIE, ""))
    response = redirect("/inbox", 303)
    response.delete_cookie(auth.COOKIE)
    return response


@bp.post("/password")
def password() -> AnyResponse:
    """Choose a new password."""
    auth.own_page()
    agent = auth.agent()
    if agent is None:
        raise Unauthorized(_("Nobody is signed in."))
    agents.set_password(agent, fields.exact(fields.body(), "password", 200) or "")
    return Response(render_template("inbox/password_set.html"), mimetype="text/html")
