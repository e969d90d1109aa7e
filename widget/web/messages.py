"""A single message: looking at it, editing, deleting, forwarding it, putting an emoji on it, who has read it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from widget import shapes
from widget.chat import conversations, edits, messages, receipts
from widget.chat.errors import Unprocessable
from widget.emoji import is_emoji
from widget.models import BODY_LIMIT, User
from widget.web import fields, opening, previews, viewer
from widget.web.answers import answer
from widget.web.limits import MESSAGES, by_user, limiter

bp = Blueprint("messages", __name__, url_prefix="/w/messages")


@bp.get("/<id:message_id>")
def look(message_id: str) -> Response:
    """The message as it is now."""
    return _shown(viewer.user(), message_id)


def _shown(user: User, message_id: str) -> Response:
    said, me = messages.look(user, message_id)
    view = conversations.one_of(user, said.conversation_id)
    shape = shapes.message(said, me, view.conversation.members)
    return answer(shape, lambda: render_template("fragments/message.html", message=shape))


@bp.patch("/<id:message_id>")
@limiter.limit(MESSAGES, key_func=by_user)
def edit(message_id: str) -> Response:
    """Let it say something else (`body`)."""
    user = viewer.user()
    body = fields.text(fields.body(), "body", BODY_LIMIT) or ""
    edits.edit(user, message_id, body, shapes.settings().edit_window, preview=previews.link_previews())
    return _shown(user, message_id)


@bp.delete("/<id:message_id>")
def delete(message_id: str) -> Response:
    """Delete it for all."""
    user = viewer.user()
    edits.remove(user, message_id, shapes.settings().edit_window)
    return _shown(user, message_id)


@bp.put("/<id:message_id>/reaction")
@limiter.limit(MESSAGES, key_func=by_user)
def react(message_id: str) -> Response:
    """Put an emoji on it (`emoji`), in place of one's former one."""
    user = viewer.user()
    emoji = fields.text(fields.body(), "emoji", 40) or ""
    if not is_emoji(emoji):
        raise Unprocessable("emoji must be one emoji.")
    edits.react(user, message_id, emoji)
    return _shown(user, message_id)


@bp.delete("/<id:message_id>/reaction")
def take_back(message_id: str) -> Response:
    """Take one's emoji away."""
    user = viewer.user()
    edits.react(user, message_id, None)
    return _shown(user, message_id)


@bp.get("/<id:message_id>/receipts")
def read_by(message_id: str) -> Response:
    """How far it has got with each of the others: sent, delivered or read."""
    user = viewer.user()
    said, _ = messages.look(user, message_id)
    view = conversations.one_of(user, said.conversation_id)
    found = [
        shapes.person(member.user) | {"status": status}
        for member, status in receipts.of(said, view.conversation.members)
    ]
    return answer({"receipts": found}, lambda: render_template("sheets/receipts.html", message=said, receipts=found))


@bp.get("/<id:message_id>/menu")
def menu(message_id: str) -> Response:
    """What can be done with it, by whoever is asking."""
    user = viewer.user()
    said, me = messages.look(user, message_id)
    view = conversations.one_of(user, said.conversation_id)
    shape = shapes.message(said, me, view.conversation.members)
    may_change = me.left_at is None and edits.may_change(user, said, shapes.settings().edit_window)
    may_answer = me.left_at is None and not shape["deleted"]
    return answer(
        shape | {"may_change": may_change},
        lambda: render_template(
            "sheets/message.html",
            message=shape,
            may_change=may_change,
            may_answer=may_answer,
            at_desk=opening.at_desk(user),
        ),
    )


@bp.get("/<id:message_id>/forward")
def forward_where(message_id: str) -> Response:
    """The conversations it could be forwarded to."""
    user = viewer.user()
    messages.look(user, message_id)
    found = [shapes.conversation(view) for view in conversations.all_of(user) if view.me.left_at is None]
    return answer(
        {"conversations": found},
        lambda: render_template(
            "sheets/forward.html", message_id=message_id, conversations=found, at_desk=opening.at_desk(user)
        ),
    )


@bp.post("/<id:message_id>/forward")
@limiter.limit(MESSAGES, key_func=by_user)
def forward(message_id: str) -> Response:
    """Say it in another `conversation`; 200 with the same message for every retry of its `client_id`."""
    user = viewer.user()
    said = fields.body()
    target = fields.identity(said, "conversation", "a conversation") or ""
    sent = messages.forward(user, message_id, target, fields.required_uuid(said, "client_id"), previews.link_previews())
    shape = shapes.message(sent.message, sent.me, sent.members)
    return answer(shape, lambda: opening.fragment(user, sent.message.conversation_id), 201 if sent.fresh else 200)
