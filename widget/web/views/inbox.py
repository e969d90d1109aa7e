"""The inbox: where agents answer. Its lists and messages are the fragments of the popup."""

from __future__ import annotations

import contextlib

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget import extensions
from widget.chat.calls import calls
from widget.chat.conversations import lists
from widget.chat.errors import NotFound
from widget.chat.messages import history
from widget.models import User
from widget.realtime import events
from widget.web import auth, conversation_page, serializers
from widget.web.views import sign_in

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("")
def inbox() -> AnyResponse:
    """The inbox with all conversations, or the sign-in page."""
    agent = auth.agent()
    if agent is None:
        return Response(sign_in.page(), mimetype="text/html")
    if auth.lacks_second_factor(agent):
        return redirect("/inbox/sessions")
    return Response(_desk(agent, None), mimetype="text/html")


@bp.get("/<id:conversation_id>")
def conversation(conversation_id: str) -> AnyResponse:
    """The inbox with one conversation open: what a link to it leads to."""
    agent = auth.agent()
    if agent is None:
        return redirect("/inbox")
    return Response(_desk(agent, conversation_id), mimetype="text/html")


def _desk(agent: User, conversation_id: str | None) -> str:
    position = events.newest_id(agent.id)
    first = lists.page(agent)
    views = first.views
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
        more={"after": first.next} if first.next else None,
        **({"is_agent": True, "conversation": None} | opened),
    )


def _of(agent: User, conversation_id: str, message_id: str) -> int | None:
    """The number of a message that a link leads to; None when it is not one of this conversation."""
    with contextlib.suppress(NotFound):
        message, _ = history.get(agent, message_id)
        return message.seq if message.conversation_id == conversation_id else None
    return None
