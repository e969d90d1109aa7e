"""Groups and the invitations to them."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget.chat.conversations import groups, invitations
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.groups import TITLE_LIMIT
from widget.models import User
from widget.web import auth, conversation_page, fields, own_address, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import GROUPS, SEARCHES, by_user, limiter, messages
from widget.web.views.conversations import about_sheet

bp = Blueprint("groups", __name__, url_prefix="/w")


def _conversation(user: User, conversation_id: str, status: int = 200) -> Response:
    """The conversation, in HTML opened."""
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    return respond(shape, lambda: conversation_page.fragment(user, conversation_id), status)


def _about(user: User, conversation_id: str, status: int = 200) -> Response:
    """The conversation, in HTML as its sheet shows it."""
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    return respond(shape, lambda: about_sheet(user, conversation_id), status)


@bp.get("/groups/new")
def new() -> Response:
    """The form for a new group."""
    auth.user()
    return Response(render_template("sheets/new_group.html"), mimetype="text/html")


@bp.post("/groups")
@limiter.limit(GROUPS, key_func=by_user)
def create() -> Response:
    """Start a group (`title`) with the team in it."""
    user = auth.user()
    group_id = groups.create(user, fields.line(fields.body(), "title", TITLE_LIMIT) or "")
    return _conversation(user, group_id, 201)


@bp.patch("/groups/<id:conversation_id>")
@limiter.limit(messages, key_func=by_user)  # a line in the conversation says so
def change(conversation_id: str) -> Response:
    """Another name (`title`) or `picture` (none when it is empty), by an owner."""
    user = auth.user()
    form = fields.body()
    title = (fields.line(form, "title", TITLE_LIMIT) or "") if "title" in form else None
    picture = (fields.web_address(form, "picture") or "") if "picture" in form else None
    groups.change(user, conversation_id, title, picture)
    return _about(user, conversation_id)


@bp.post("/groups/<id:conversation_id>/members")
@limiter.limit(GROUPS, key_func=by_user)
def add(conversation_id: str) -> Response:
    """Add somebody (`user`) whom one shares a conversation with, by an owner; an agent any visitor, with `confirm`."""
    user, form = auth.user(), fields.body()
    confirmed = fields.switch(form, "confirm") or False
    groups.add(user, conversation_id, fields.object_id(form, "user", "a user") or "", confirmed)
    return _about(user, conversation_id)


@bp.get("/groups/<id:conversation_id>/people")
@limiter.limit(SEARCHES, key_func=by_user)
def people(conversation_id: str) -> Response:
    """The visitors whom an agent finds by `q` and could add."""
    user = auth.team()
    question = fields.text(request.args.to_dict(), "q", 200) or ""
    profiles = [serializers.profile(it) for it in groups.found_for(user, conversation_id, question)]
    return respond(
        {"people": profiles},
        lambda: render_template("sheets/people.html", people=profiles, conversation_id=conversation_id),
    )


@bp.patch("/groups/<id:conversation_id>/members/<member:member_id>")
@limiter.limit(messages, key_func=by_user)  # a line in the conversation says so
def set_role(conversation_id: str, member_id: str) -> Response:
    """Make somebody `role` owner or member, by an owner."""
    user = auth.user()
    groups.set_role(user, conversation_id, member_id, fields.exact(fields.body(), "role", 10) or "")
    return _about(user, conversation_id)


@bp.delete("/groups/<id:conversation_id>/members/<member:member_id>")
@limiter.limit(messages, key_func=by_user)  # a line in the conversation says so
def remove(conversation_id: str, member_id: str) -> Response:
    """Take somebody out, by an owner; or leave (`me`, or one's own id)."""
    user = auth.user()
    leaving = member_id in ("me", user.id)
    groups.remove(user, conversation_id, user.id if leaving else member_id)
    return _conversation(user, conversation_id) if leaving else _about(user, conversation_id)


@bp.post("/groups/<id:conversation_id>/invites")
@limiter.limit(GROUPS, key_func=by_user)
def invite(conversation_id: str) -> Response:
    """A link that lets its bearer join, by an owner; a direct conversation becomes a group when they do."""
    user = auth.user()
    made = invitations.create(user, conversation_id)
    return respond(
        serializers.invitation(made, own_address.base_url()), lambda: about_sheet(user, conversation_id), 201
    )


@bp.get("/invites/<token>")
def show(token: str) -> Response:
    """Where an invitation leads to and who made it."""
    made, title = invitations.get(token)
    shape = {
        "title": title,
        "inviter": serializers.user(made.user),
        "expires_at": serializers.iso_time(made.expires_at),
    }
    return respond(shape, lambda: render_template("popup/invitation.html", invitation=shape))


@bp.post("/invites/<token>")
@limiter.limit(GROUPS, key_func=by_user)
def join(token: str) -> Response:
    """Join by an invitation."""
    user = auth.user()
    return _conversation(user, invitations.join(user, token))


@bp.delete("/invites/<token>")
def revoke(token: str) -> Response:
    """End an invitation, by an owner."""
    user = auth.user()
    return _about(user, invitations.revoke(user, token))
