"""The conversations of whoever is asking, visitor or agent: list, history, sending, reading, writing."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget.chat import presence, receipts
from widget.chat.attachments import files
from widget.chat.conversations import direct, filters, groups, handover, invitations, labels, lists, work
from widget.chat.conversations import views as conversation_views
from widget.chat.forms import named
from widget.chat.messages import history, sending
from widget.chat.users.recent_sessions import Credential
from widget.models import BODY_LIMIT, User
from widget.notifications import mail
from widget.realtime import events
from widget.web import auth, conversation_page, fields, limits, message_upload, own_address, own_message, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import GROUPS, TYPING, by_user, limiter, messages
from widget.web.views import previews

bp = Blueprint("conversations", __name__, url_prefix="/w/conversations")


@bp.get("")
def index() -> Response:
    """All conversations, newest first; for the team a page of one of its views."""
    user = auth.user()
    if conversation_page.is_agent(user):
        return inbox_page(user)
    conversations = serializers.conversations(conversation_views.list_for(user))
    return respond(
        {"conversations": conversations},
        lambda: render_template(
            "fragments/list.html", conversations=conversations, is_agent=conversation_page.is_agent(user)
        ),
    )


@bp.post("")
@limiter.limit(GROUPS, key_func=by_user)
def begin() -> Response:
    """A visitor's conversation with the team alone, in HTML opened: 201 when it is begun by this, else 200."""
    user = auth.user()
    conversation_id, begun = direct.with_team(user)
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    return respond(shape, lambda: conversation_page.fragment(user, conversation_id), 201 if begun else 200)


def inbox_page(user: User) -> Response:
    """A page of a `view`, narrowed by `label` and `q`, `after` the one before; with the counts of all views."""
    args = {name: fields.text(request.args.to_dict(), name, filters.LIMIT) or "" for name in ("label", "q", "after")}
    view = fields.text(request.args.to_dict(), "view", 20) or "all"
    page = lists.page(user, view, **args)
    shapes = serializers.conversations(page.views)
    more = request.args.to_dict() | {"after": page.next} if page.next else None
    return respond(
        {"conversations": shapes, "next": page.next, "counts": lists.counts_for(user)},
        lambda: render_template("fragments/list.html", conversations=shapes, is_agent=True, more=more),
    )


@bp.patch("/<id:conversation_id>")
@limiter.limit(messages, key_func=by_user)
def change(conversation_id: str) -> Response:
    """Another `status`, `assignee`, `snoozed_until` or other `labels`, by the team; see `work.Change`."""
    user = auth.team()
    form = fields.body()
    work.change(
        user,
        conversation_id,
        work.Change(
            status=fields.text(form, "status", 20),
            snoozed_until=fields.moment(form, "snoozed_until"),
            assignee=fields.person(form, "assignee"),
            if_assignee=fields.person(form, "if_assignee"),
            ask_rating=fields.switch(form, "ask_rating"),
            labels=fields.names(form, "labels", labels.NAME_LIMIT, labels.MOST),
        ),
    )
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    return respond(shape, lambda: render_template("fragments/entry.html", conversation=shape, is_agent=True))


@bp.post("/<id:conversation_id>/viewing")
@limiter.limit(TYPING, key_func=by_user)
def viewing(conversation_id: str) -> Response:
    """An agent has it open; to be sent again every twenty seconds for as long as it is true. A tab that has just
    `entered` is told who else does.

    205 says that their stream had it no more, since they have opened many others: load it again.
    """
    user = auth.team()
    presence.announce_viewing(user, conversation_id, fields.switch(fields.body(), "entered") or False)
    is_new = user.kind == "agent" and events.follow(user.id, conversation_id)
    return Response(status=205 if is_new else 204)


@bp.post("/<id:conversation_id>/handover")
@limiter.limit(messages, key_func=by_user)
def hand_over(conversation_id: str) -> Response:
    """Give it to people, if a bot has it; by the team with a `note` that says why."""
    user = auth.user()
    handover.hand_over(user, conversation_id, fields.text(fields.body(), "note", BODY_LIMIT))
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    is_agent = conversation_page.is_agent(user)
    return respond(shape, lambda: render_template("fragments/entry.html", conversation=shape, is_agent=is_agent))


@bp.get("/<id:conversation_id>")
def show(conversation_id: str) -> Response:
    """A page of history: the newest or the one `around` a number, in HTML with all that surrounds it; or the page that
    goes `before` a number, or `after` it."""
    user = auth.user()
    args = {name: fields.whole_number(request.args[name], name) for name in _PAGES if name in request.args}
    before, after = args.get("before"), args.get("after")
    if before is None and after is None:
        context = conversation_page.page_of(user, conversation_id, args.get("around"))
        return respond(
            {"messages": context["messages"], "more": context["older"], "newer": context["newer"]},
            lambda: render_template("fragments/opened.html", **context),
        )
    page = history.page(user, conversation_id, before, after)
    view = conversation_views.get(user, conversation_id)
    shown = [serializers.message(message, view.me, view.conversation.members, user.id) for message in page.messages]
    return respond(
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
    user = auth.user()
    is_agent = conversation_page.is_agent(user)
    shape = serializers.details(conversation_views.get(user, conversation_id), user)
    return respond(
        shape,
        lambda: render_template(
            "fragments/surroundings.html", conversation=shape, is_agent=is_agent, viewer=user.id, again=True
        ),
    )


@bp.get("/<id:conversation_id>/entry")
def entry(conversation_id: str) -> Response:
    """How it stands in the list: for an inbox that is told of a message in brief and has no row for it."""
    user = auth.user()
    shape = serializers.conversation(conversation_views.get(user, conversation_id))
    is_agent = conversation_page.is_agent(user)
    return respond(shape, lambda: render_template("fragments/entry.html", conversation=shape, is_agent=is_agent))


@bp.get("/<id:conversation_id>/about")
def about(conversation_id: str) -> Response:
    """The members of a conversation and what can be done with it."""
    user = auth.user()
    shape = serializers.details(conversation_views.get(user, conversation_id), user)
    return respond(shape, lambda: about_sheet(user, conversation_id))


def about_sheet(user: User, conversation_id: str) -> str:
    """What is known of a conversation, its members and invitations, as `user` may see and change it."""
    shape = serializers.details(conversation_views.get(user, conversation_id), user)

    owner = shape["role"] == "owner" and not shape["left"]
    return render_template(
        "sheets/about.html",
        vouched=user.external_id is not None,  # whose page would let them in again
        conversation=shape,
        is_agent=conversation_page.is_agent(user),
        with_bot=not shape["left"] and handover.is_with_bot(conversation_id),
        mails=mail.is_set_up(),
        owner=owner,
        invites=[
            serializers.invitation(made, own_address.base_url())
            for made in invitations.list_open(user, conversation_id)
        ],
        candidates=[serializers.user(it) for it in groups.candidates(user, conversation_id)] if owner else [],
    )


@bp.post("/<id:conversation_id>/messages")
def send(conversation_id: str) -> Response:
    """Send a message, or with `private` a note: 201 the first time, 200 with the same message for every retry.

    The team may offer a `content` with it, or what the settings hold as `form`. A file comes as `file` in a multipart
    body, or beforehand (see `uploads`), and then its id as `upload`.
    """
    with auth.sender() as (user, credential):
        return _send(user, credential, conversation_id)


def _send(user: User, credential: Credential | None, conversation_id: str) -> Response:
    limits.count_message(user)
    message_upload.allow_files()
    form = fields.body()
    if credential is not None and message_upload.carries_file(form):
        user, credential = auth.user(), None  # a file is stored before the message is written
    client_id = fields.required_uuid(form, "client_id")
    body = fields.text(form, "body", BODY_LIMIT) or ""
    reply_to = fields.object_id(form, "reply_to", "a message")
    measured = message_upload.measurements(form)
    upload = message_upload.receive_upload(user, conversation_id, form, client_id)
    private = fields.switch(form, "private") or False
    wanted = previews.wanted(form)
    offered = fields.content(form)
    if (name := fields.exact(form, "form", named.NAME_LIMIT)) is not None and auth.team():
        offered = named.get(name) | {"name": name}
    sent = sending.send(
        user,
        conversation_id,
        body,
        client_id,
        reply_to,
        upload,
        measured,
        preview=wanted,
        private=private,
        offered=offered,
        credential=credential,
    )
    if upload and not sent.created:  # it was sent twice at the same moment
        files.discard(upload)
    if (own := own_message.made(sent.message)) is not None:
        return respond(own.shape, lambda: own.fragment, 201)
    shape = serializers.message(sent.message, sent.me, sent.members, user.id)
    return respond(
        shape, lambda: render_template("fragments/message.html", message=shape), 201 if sent.created else 200
    )


@bp.post("/<id:conversation_id>/read")
def read(conversation_id: str) -> Response:
    """Everything up to number `upto` has been on the screen."""
    user = auth.user()
    upto = fields.whole_number(fields.body().get("upto"), "upto")
    receipts.mark_read(user, conversation_id, upto)
    return Response(status=204)


@bp.post("/<id:conversation_id>/typing")
@limiter.limit(TYPING, key_func=by_user)
def typing(conversation_id: str) -> Response:
    """Somebody is writing (`private`: a note); to be sent again every three seconds for as long as it is true."""
    user = auth.user()
    private = fields.switch(fields.body(), "private") or False
    presence.announce_typing(user, conversation_id, private)
    return Response(status=204)
