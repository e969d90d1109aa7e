"""A single message: looking at it, editing, deleting, forwarding it, putting an emoji on it, who has read it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from widget.chat import receipts
from widget.chat.conversations import ratings
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import Unprocessable
from widget.chat.messages import answers, edits, history, sending
from widget.i18n import _
from widget.models import BODY_LIMIT, User
from widget.text.emoji import is_emoji
from widget.web import auth, conversation_page, fields, limits, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import by_user, limiter, messages
from widget.web.views import previews

bp = Blueprint("messages", __name__, url_prefix="/w/messages")


@bp.get("/<id:message_id>")
def show(message_id: str) -> Response:
    """The message as it is now."""
    return _shown(auth.user(), message_id)


def _shown(user: User, message_id: str) -> Response:
    message, me = history.get(user, message_id)
    view = conversation_views.get(user, message.conversation_id)
    shape = serializers.message(message, me, view.conversation.members, user.id)
    return respond(shape, lambda: render_template("fragments/message.html", message=shape))


@bp.patch("/<id:message_id>")
@limiter.limit(messages, key_func=by_user)
def edit(message_id: str) -> Response:
    """Let it say something else (`body`)."""
    user = auth.user()
    body = fields.text(fields.body(), "body", BODY_LIMIT) or ""
    edits.edit(user, message_id, body, edits.window(), preview=previews.previews_enabled())
    return _shown(user, message_id)


@bp.delete("/<id:message_id>")
def delete(message_id: str) -> Response:
    """Delete it for all."""
    user = auth.user()
    edits.delete_message(user, message_id, edits.window())
    return _shown(user, message_id)


@bp.post("/<id:message_id>/answer")
def answer(message_id: str) -> Response:
    """Choose a `value` of what it offers, or `values`: several, or what a form is filled in with; 201 with the message
    that says so, 200 with the same for every retry of its `client_id`."""
    user = auth.user()
    limits.count_message(user)
    form = fields.body()
    client_id = fields.required_uuid(form, "client_id")
    sent = answers.answer(user, message_id, client_id, form.get("value"), form.get("values"))
    shape = serializers.message(sent.message, sent.me, sent.members, user.id)
    return respond(
        shape, lambda: render_template("fragments/message.html", message=shape), 201 if sent.created else 200
    )


@bp.post("/<id:message_id>/rating")
@limiter.limit(messages, key_func=by_user)
def rate(message_id: str) -> Response:
    """How the case was that this line asks about: a `score` from 1 to 5, and perhaps a `comment`."""
    user, form = auth.user(), fields.body()
    score = fields.whole_number(form.get("score"), "score")
    ratings.rate(user, message_id, score, fields.text(form, "comment", ratings.COMMENT_LIMIT) or "")
    return _shown(user, message_id)


@bp.put("/<id:message_id>/reaction")
@limiter.limit(messages, key_func=by_user)
def react(message_id: str) -> Response:
    """Put an emoji on it (`emoji`), in place of one's former one."""
    user = auth.user()
    emoji = fields.exact(fields.body(), "emoji", 40) or ""
    if not is_emoji(emoji):
        raise Unprocessable(_("%(name)s must be one emoji.", name="emoji"))
    edits.react(user, message_id, emoji)
    return _shown(user, message_id)


@bp.delete("/<id:message_id>/reaction")
def take_back(message_id: str) -> Response:
    """Take one's emoji away."""
    user = auth.user()
    edits.react(user, message_id, None)
    return _shown(user, message_id)


@bp.get("/<id:message_id>/receipts")
def read_by(message_id: str) -> Response:
    """How far it has got with each of the others: sent, delivered or read."""
    user = auth.user()
    message, _ = history.get(user, message_id)
    view = conversation_views.get(user, message.conversation_id)
    shapes = [
        serializers.user(member.user) | {"status": status}
        for member, status in receipts.per_member(message, view.conversation.members)
    ]
    return respond(
        {"receipts": shapes}, lambda: render_template("sheets/receipts.html", message=message, receipts=shapes)
    )


@bp.get("/<id:message_id>/menu")
def menu(message_id: str) -> Response:
    """What can be done with it, by whoever is asking."""
    user = auth.user()
    message, me = history.get(user, message_id)
    view = conversation_views.get(user, message.conversation_id)
    shape = serializers.message(message, me, view.conversation.members, user.id)
    may_change = me.left_at is None and edits.may_change(user, message, edits.window())
    may_answer = me.left_at is None and not shape["deleted"]
    return respond(
        shape | {"may_change": may_change},
        lambda: render_template(
            "sheets/message.html",
            message=shape,
            may_change=may_change,
            may_answer=may_answer,
            is_agent=conversation_page.is_agent(user),
        ),
    )


@bp.get("/<id:message_id>/forward")
def forward_where(message_id: str) -> Response:
    """The conversations it could be forwarded to; the sheet leaves out the one it already stands in."""
    user = auth.user()
    message, _me = history.get(user, message_id)
    views = [view for view in conversation_views.list_for(user) if view.me.left_at is None]
    conversations = serializers.conversations(views)
    others = [it for it in conversations if it["id"] != message.conversation_id]
    return respond(
        {"conversations": conversations},
        lambda: render_template(
            "sheets/forward.html",
            message_id=message_id,
            conversations=others,
            is_agent=conversation_page.is_agent(user),
        ),
    )


@bp.post("/<id:message_id>/forward")
def forward(message_id: str) -> Response:
    """Say it in another `conversation`; 200 with the same message for every retry of its `client_id`."""
    user = auth.user()
    limits.count_message(user)
    form = fields.body()
    target = fields.object_id(form, "conversation", "a conversation") or ""
    sent = sending.forward(
        user, message_id, target, fields.required_uuid(form, "client_id"), previews.previews_enabled()
    )
    shape = serializers.message(sent.message, sent.me, sent.members, user.id)
    return respond(
        shape, lambda: conversation_page.fragment(user, sent.message.conversation_id), 201 if sent.created else 200
    )
