"""The inbox: where agents answer. Its lists and messages are the fragments of the popup."""

from __future__ import annotations

import contextlib

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget.chat.calls import calls
from widget.chat.conversations import filters, labels, lists
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import NotFound
from widget.chat.messages import history
from widget.chat.users import availability, claim, merging, visitors
from widget.models import User, now
from widget.notifications import recipients
from widget.realtime import events
from widget.web import auth, conversation_page, fields, serializers
from widget.web.views import sign_in

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("")
def inbox() -> AnyResponse:
    """The inbox with all conversations, or the sign-in page."""
    agent = auth.agent()
    if agent is None:
        return Response(sign_in.claim_page() if claim.is_open() else sign_in.page(), mimetype="text/html")
    if auth.lacks_second_factor(agent):
        return redirect("/inbox/sessions")
    return Response(_desk(agent, None), mimetype="text/html")


@bp.get("/<id:conversation_id>")
def conversation(conversation_id: str) -> AnyResponse:
    """The inbox with one conversation open: what a link to it leads to."""
    agent = auth.agent()
    if agent is None or auth.lacks_second_factor(agent):
        return redirect("/inbox")
    return Response(_desk(agent, conversation_id), mimetype="text/html")


def _desk(agent: User, conversation_id: str | None) -> str:
    position = events.newest_id(agent.id)
    shown = _shown()
    first = lists.page(agent, **shown)
    conversation_page.note_delivered(agent, first.views)
    opened = {}
    if conversation_id:
        around = _of(agent, conversation_id, request.args.get("message", ""))
        opened = conversation_page.page_of(agent, conversation_id, around)
    return render_template(
        "inbox/inbox.html",
        agent=serializers.user(agent),
        login=agent.login,
        needs_password=agent.password_hash is None,
        position=position,
        calls=[serializers.call(it, agent.id) for it in calls.live_of(agent)],
        mesibo_status=serializers.current_mesibo_status(is_agent=True),
        shown=shown,
        counts=lists.counts_for(agent),
        counted_at=serializers.iso_time(now()),
        available=agent.available,
        preferences=recipients.preferences_of(agent),
        agents=[serializers.user(it) for it, _held in availability.team()],
        conversations=serializers.conversations(first.views),
        more={key: value for key, value in shown.items() if value} | {"after": first.next} if first.next else None,
        **({"is_agent": True, "conversation": None, "viewer": agent.id} | opened),
    )


def _shown() -> dict[str, str]:
    """The view that the address names; what is no view is the one with all that is open."""
    view = request.args.get("view", "open")
    filtered_by = {name: fields.text(request.args.to_dict(), name, filters.LIMIT) or "" for name in ("label", "q")}
    return {"view": view if view in lists.VIEWS else "open"} | filtered_by


@bp.get("/<id:conversation_id>/assign", defaults={"what": "assign"})
@bp.get("/<id:conversation_id>/labels", defaults={"what": "labels"})
@bp.get("/<id:conversation_id>/snooze", defaults={"what": "snooze"})
@bp.get("/<id:conversation_id>/visitor", defaults={"what": "visitor"})
def sheet(conversation_id: str, what: str) -> Response:
    """What an agent chooses from, for a conversation; and who the visitor is, where there is no room beside it."""
    agent = auth.team()
    view = conversation_views.get(agent, conversation_id)
    shape = serializers.details(view, agent) if what == "visitor" else serializers.conversation(view)
    choices: dict[str, list[serializers.Json]] = {}
    if what == "assign":
        choices["agents"] = [serializers.agent(*it) for it in availability.team()]
    elif what == "labels":
        choices["labels"] = [serializers.label(it) for it, _count in labels.all_with_counts()]
    page = render_template(f"inbox/sheets/{what}.html", conversation=shape, **choices)
    return Response(page, mimetype="text/html")


@bp.get("/people/<member:person_id>")
def person(person_id: str) -> AnyResponse:
    """Where a visitor has spoken last: what a link to somebody leads to."""
    agent = auth.agent()
    if agent is None or auth.lacks_second_factor(agent):
        return redirect("/inbox")
    return redirect(f"/inbox/{merging.newest_conversation(visitors.find(person_id).id)}")


@bp.get("/<any(keys,palette):what>")
def tool(what: str) -> Response:
    """The list of keys, and what finds a conversation, a person or a command."""
    auth.team()
    return Response(render_template(f"inbox/sheets/{what}.html"), mimetype="text/html")


def _of(agent: User, conversation_id: str, message_id: str) -> int | None:
    """The number of a message that a link leads to; None when it is not one of this conversation."""
    with contextlib.suppress(NotFound):
        message, _ = history.get(agent, message_id)
        return message.seq if message.conversation_id == conversation_id else None
    return None
