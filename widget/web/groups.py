"""Groups and the invitations to them."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from widget import shapes
from widget.chat import conversations, groups, invites
from widget.chat.groups import TITLE_LIMIT
from widget.models import User
from widget.web import fields, opening, viewer
from widget.web.answers import answer
from widget.web.conversations import about_sheet
from widget.web.limits import GROUPS, by_user, limiter

bp = Blueprint("groups", __name__, url_prefix="/w")


def _conversation(user: User, conversation_id: str, status: int = 200) -> Response:
    """The conversation, in HTML opened."""
    shape = shapes.conversation(conversations.one_of(user, conversation_id))
    return answer(shape, lambda: opening.fragment(user, conversation_id), status)


def _about(user: User, conversation_id: str, status: int = 200) -> Response:
    """The conversation, in HTML as its sheet shows it."""
    shape = shapes.conversation(conversations.one_of(user, conversation_id))
    return answer(shape, lambda: about_sheet(user, conversation_id), status)


@bp.get("/groups/new")
def new() -> Response:
    """The form for a new group."""
    viewer.user()
    return Response(render_template("sheets/new_group.html"), mimetype="text/html")


@bp.post("/groups")
@limiter.limit(GROUPS, key_func=by_user)
def create() -> Response:
    """Start a group (`title`) with the team in it."""
    user = viewer.user()
    group_id = groups.create(user, fields.text(fields.body(), "title", TITLE_LIMIT) or "")
    return _conversation(user, group_id, 201)


@bp.patch("/groups/<id:conversation_id>")
def change(conversation_id: str) -> Response:
    """Another name (`title`) or `picture` (none when it is empty), by an owner."""
    user = viewer.user()
    said = fields.body()
    title = (fields.text(said, "title", TITLE_LIMIT) or "") if "title" in said else None
    picture = (fields.link(said, "picture") or "") if "picture" in said else None
    groups.change(user, conversation_id, title, picture)
    return _about(user, conversation_id)


@bp.post("/groups/<id:conversation_id>/members")
@limiter.limit(GROUPS, key_func=by_user)
def add(conversation_id: str) -> Response:
    """Add somebody (`user`) whom one shares a conversation with, by an owner."""
    user = viewer.user()
    groups.add(user, conversation_id, fields.identity(fields.body(), "user", "a user") or "")
    return _about(user, conversation_id)


@bp.patch("/groups/<id:conversation_id>/members/<member:member_id>")
def set_role(conversation_id: str, member_id: str) -> Response:
    """Make somebody `role` owner or member, by an owner."""
    user = viewer.user()
    groups.set_role(user, conversation_id, member_id, fields.text(fields.body(), "role", 10) or "")
    return _about(user, conversation_id)


@bp.delete("/groups/<id:conversation_id>/members/<member:member_id>")
def remove(conversation_id: str, member_id: str) -> Response:
    """Take somebody out, by an owner; or leave (`me`, or one's own id)."""
    user = viewer.user()
    leaving = member_id in ("me", user.id)
    groups.remove(user, conversation_id, user.id if leaving else member_id)
    return _conversation(user, conversation_id) if leaving else _about(user, conversation_id)


@bp.post("/groups/<id:conversation_id>/invites")
@limiter.limit(GROUPS, key_func=by_user)
def invite(conversation_id: str) -> Response:
    """A link that lets its bearer join, by an owner; a direct conversation becomes a group when they do."""
    user = viewer.user()
    made = invites.create(user, conversation_id)
    return answer(shapes.invite(made, fields.base()), lambda: about_sheet(user, conversation_id), 201)


@bp.get("/invites/<token>")
def look(token: str) -> Response:
    """Where an invitation leads to and who made it."""
    made, title = invites.look(token)
    shape = {"title": title, "inviter": shapes.person(made.user), "expires_at": shapes.moment(made.expires_at)}
    return answer(shape, lambda: render_template("popup/invitation.html", invitation=shape))


@bp.post("/invites/<token>")
@limiter.limit(GROUPS, key_func=by_user)
def join(token: str) -> Response:
    """Take the seat that an invitation offers."""
    user = viewer.user()
    return _conversation(user, invites.join(user, token))


@bp.delete("/invites/<token>")
def revoke(token: str) -> Response:
    """End an invitation, by an owner."""
    user = viewer.user()
    return _about(user, invites.revoke(user, token))
