"""The conversations of whoever is asking, visitor or agent: list, history, sending, reading."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget import shapes
from widget.chat import conversations, messages, receipts
from widget.chat.conversations import TEAM_ID
from widget.models import BODY_LIMIT
from widget.web import fields, viewer
from widget.web.answers import answer
from widget.web.limits import MESSAGES, by_user, limiter

bp = Blueprint("conversations", __name__, url_prefix="/w/conversations")


@bp.get("")
def overview() -> Response:
    """All conversations, newest first."""
    user = viewer.user()
    found = [shapes.conversation(view) for view in conversations.all_of(user)]
    return answer(
        {"conversations": found},
        lambda: render_template("fragments/list.html", conversations=found, at_desk=user.seat_id == TEAM_ID),
    )


@bp.get("/<id:conversation_id>")
def history(conversation_id: str) -> Response:
    """A page of history: in HTML the whole conversation, or with `before` the page that goes ahead of it."""
    user = viewer.user()
    before = fields.whole(request.args["before"], "before") if "before" in request.args else None
    page = messages.page(user, conversation_id, before)
    view = conversations.one_of(user, conversation_id)
    found = [shapes.message(said, view.me, view.conversation.members) for said in page.messages]
    template = "fragments/conversation.html" if before is None else "fragments/page.html"
    return answer(
        {"messages": found, "more": page.more},
        lambda: render_template(
            template,
            conversation=shapes.conversation(view),
            messages=found,
            more=page.more,
            visitor=shapes.profile(view) if user.seat_id == TEAM_ID else None,
        ),
    )


@bp.post("/<id:conversation_id>/messages")
@limiter.limit(MESSAGES, key_func=by_user)
def send(conversation_id: str) -> Response:
    """Say something: 201 the first time, 200 with the same message for every retry."""
    user = viewer.user()
    said = fields.body()
    sent = messages.send(
        user,
        conversation_id,
        body=fields.text(said, "body", BODY_LIMIT) or "",
        client_id=fields.required_uuid(said, "client_id"),
        reply_to=fields.message_id(said, "reply_to"),
    )
    shape = shapes.message(sent.message, sent.me, sent.members)
    return answer(shape, lambda: render_template("fragments/message.html", message=shape), 201 if sent.fresh else 200)


@bp.post("/<id:conversation_id>/read")
def read(conversation_id: str) -> Response:
    """Everything up to number `upto` has been on the screen."""
    user = viewer.user()
    upto = fields.whole(fields.body().get("upto"), "upto")
    receipts.mark_read(user, conversation_id, upto)
    return Response(status=204)
