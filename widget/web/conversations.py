"""The conversations of whoever is asking, visitor or agent: list, history, sending, reading, writing."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget import shapes
from widget.chat import conversations, files, groups, invites, messages, presence, receipts
from widget.models import BODY_LIMIT, User
from widget.web import attached, fields, opening, previews, viewer
from widget.web.answers import answer
from widget.web.limits import MESSAGES, TYPING, by_user, limiter

bp = Blueprint("conversations", __name__, url_prefix="/w/conversations")


@bp.get("")
def overview() -> Response:
    """All conversations, newest first."""
    user = viewer.user()
    found = [shapes.conversation(view) for view in conversations.all_of(user)]
    return answer(
        {"conversations": found},
        lambda: render_template("fragments/list.html", conversations=found, at_desk=opening.at_desk(user)),
    )


@bp.get("/<id:conversation_id>")
def history(conversation_id: str) -> Response:
    """A page of history: the newest or the one `around` a number, in HTML with all that surrounds it; or the page that
    goes `before` a number, or `after` it."""
    user = viewer.user()
    asked = {name: fields.whole(request.args[name], name) for name in _PAGES if name in request.args}
    before, after = asked.get("before"), asked.get("after")
    if before is None and after is None:
        found = opening.opened(user, conversation_id, asked.get("around"))
        return answer(
            {"messages": found["messages"], "more": found["older"], "newer": found["newer"]},
            lambda: render_template("fragments/opened.html", **found),
        )
    page = messages.page(user, conversation_id, before, after)
    view = conversations.one_of(user, conversation_id)
    shown = [shapes.message(said, view.me, view.conversation.members) for said in page.messages]
    return answer(
        {"messages": shown, "more": page.older, "newer": page.newer},
        lambda: render_template(
            "fragments/page.html",
            conversation={"id": conversation_id},
            messages=shown,
            older=page.older and after is None,
            newer=page.newer and before is None,
        ),
    )


_PAGES = ("before", "after", "around")


@bp.get("/<id:conversation_id>/head")
def head(conversation_id: str) -> Response:
    """What stands above and beside the messages, for when it has changed; in JSON the conversation."""
    user = viewer.user()
    at_desk = opening.at_desk(user)
    shape = shapes.about(conversations.one_of(user, conversation_id), at_desk)
    return answer(shape, lambda: render_template("fragments/surroundings.html", conversation=shape, at_desk=at_desk))


@bp.get("/<id:conversation_id>/about")
def about(conversation_id: str) -> Response:
    """The members of a conversation and what can be done with it."""
    user = viewer.user()
    shape = shapes.about(conversations.one_of(user, conversation_id), opening.at_desk(user))
    return answer(shape, lambda: about_sheet(user, conversation_id))


def about_sheet(user: User, conversation_id: str) -> str:
    """What is known of a conversation, its members and invitations, as `user` may see and change it."""
    shape = shapes.about(conversations.one_of(user, conversation_id), opening.at_desk(user))
    owner = shape["role"] == "owner" and not shape["left"]
    return render_template(
        "sheets/about.html",
        conversation=shape,
        at_desk=opening.at_desk(user),
        owner=owner,
        invites=[shapes.invite(made, fields.base()) for made in invites.open_of(user, conversation_id)],
        candidates=[shapes.person(it) for it in groups.acquaintances(user, conversation_id)] if owner else [],
    )


@bp.post("/<id:conversation_id>/messages")
@limiter.limit(MESSAGES, key_func=by_user)
def send(conversation_id: str) -> Response:
    """Say something: 201 the first time, 200 with the same message for every retry.

    A file comes as `file` in a multipart body, or beforehand (see `uploads`), and then its id as `upload`.
    """
    user = viewer.user()
    attached.allow_files()
    said = fields.body()
    client_id = fields.required_uuid(said, "client_id")
    body = fields.text(said, "body", BODY_LIMIT) or ""
    reply_to = fields.identity(said, "reply_to", "a message")
    facts = attached.facts(said)
    upload = attached.upload(user, conversation_id, said, client_id)
    sent = messages.send(user, conversation_id, body, client_id, reply_to, upload, facts, preview=previews.wanted(said))
    if upload and not sent.fresh:  # it was sent twice at the same moment
        files.discard(upload)
    shape = shapes.message(sent.message, sent.me, sent.members)
    return answer(shape, lambda: render_template("fragments/message.html", message=shape), 201 if sent.fresh else 200)


@bp.post("/<id:conversation_id>/read")
def read(conversation_id: str) -> Response:
    """Everything up to number `upto` has been on the screen."""
    user = viewer.user()
    upto = fields.whole(fields.body().get("upto"), "upto")
    receipts.mark_read(user, conversation_id, upto)
    return Response(status=204)


@bp.post("/<id:conversation_id>/typing")
@limiter.limit(TYPING, key_func=by_user)
def typing(conversation_id: str) -> Response:
    """Somebody is writing; to be said again every three seconds for as long as it is true."""
    presence.write(viewer.user(), conversation_id)
    return Response(status=204)
