"""The inbox: where agents sign in and answer. Its lists and messages are the fragments of the popup."""

from __future__ import annotations

import contextlib

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget import shapes
from widget.chat import agents, calls, conversations, messages, tokens
from widget.chat.errors import NotFound, Unauthorized
from widget.models import User
from widget.stream import events
from widget.web import fields, opening, viewer
from widget.web.answers import answer
from widget.web.limits import SIGN_INS, by_login, limiter

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("", strict_slashes=False)
def inbox() -> AnyResponse:
    """The desk with all conversations, or the sign-in page."""
    agent = viewer.agent()
    if agent is None:
        return Response(_sign_in_page(), mimetype="text/html")
    return Response(_desk(agent, None), mimetype="text/html")


@bp.get("/<id:conversation_id>")
def conversation(conversation_id: str) -> AnyResponse:
    """The desk with one conversation open: what a link to it leads to."""
    agent = viewer.agent()
    if agent is None:
        return redirect("/inbox")
    return Response(_desk(agent, conversation_id), mimetype="text/html")


def _desk(agent: User, conversation_id: str | None) -> str:
    position = events.newest(agent.id)
    views = conversations.all_of(agent)
    opening.taken(agent, views)
    opened = {}
    if conversation_id:
        around = _of(agent, conversation_id, request.args.get("message", ""))
        opened = opening.opened(agent, conversation_id, around)
    return render_template(
        "inbox/desk.html",
        agent=shapes.person(agent),
        team=shapes.settings().display_name,
        login=agent.login,
        needs_password=agent.password_hash is None,
        position=position,
        calls=[shapes.call(it, agent.id) for it in calls.live_of(agent)],
        link=shapes.current_link(at_desk=True),
        conversations=[shapes.conversation(view) for view in views],
        **({"at_desk": True, "conversation": None} | opened),
    )


def _of(agent: User, conversation_id: str, message_id: str) -> int | None:
    """The number of a message that a link leads to; None when it is not one of this conversation."""
    with contextlib.suppress(NotFound):
        said, _ = messages.look(agent, message_id)
        return said.seq if said.conversation_id == conversation_id else None
    return None


def _sign_in_refused(reason: str, email: str = "") -> Response:
    return answer({"error": "unauthorized", "reason": reason}, lambda: _sign_in_page(reason, email), 401)


def _sign_in_page(reason: str | None = None, email: str = "") -> str:
    return render_template("inbox/sign_in.html", team=shapes.settings().display_name, reason=reason, email=email)


@bp.post("/sign-in")
@limiter.limit(SIGN_INS, key_func=by_login)
def sign_in() -> AnyResponse:
    """Check address and password; the page comes back with the reason when they are wrong."""
    viewer.own_page()
    said = fields.body()
    email = fields.text(said, "email", 320) or ""
    try:
        cookie = agents.sign_in(email, fields.text(said, "password", 200) or "")
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
        return _sign_in_refused("This link was used before or is too old; ask for a fresh one.")
    return _let_in(agents.open_inbox(agent))


def _let_in(cookie: str) -> AnyResponse:
    response = redirect("/inbox", 303)
    response.set_cookie(
        viewer.COOKIE,
        cookie,
        max_age=tokens.INBOX_LIFETIME,
        secure=request.is_secure or shapes.settings().public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """Forget the cookie, here and on the server."""
    viewer.own_page()
    tokens.revoke(request.cookies.get(viewer.COOKIE, ""))
    response = redirect("/inbox", 303)
    response.delete_cookie(viewer.COOKIE)
    return response


@bp.post("/password")
def password() -> AnyResponse:
    """Choose a new password."""
    viewer.own_page()
    agent = viewer.agent()
    if agent is None:
        raise Unauthorized("Nobody is signed in.")
    agents.set_password(agent, fields.text(fields.body(), "password", 200) or "")
    return Response(render_template("inbox/password_set.html"), mimetype="text/html")
