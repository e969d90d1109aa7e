"""GET /w/search: finding messages in one's own conversations."""

from __future__ import annotations

import re

from flask import Blueprint, Response, render_template, request, url_for

from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import Unprocessable
from widget.chat.search import query
from widget.i18n import _
from widget.models import Message
from widget.text import richtext
from widget.text.folding import fold, locate
from widget.threads import in_turns
from widget.web import auth, conversation_page, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import SEARCHES, by_user, limiter

bp = Blueprint("search", __name__, url_prefix="/w")

AROUND = 40
"""How many characters of a message are shown before what was found in it."""


@bp.get("/search")
@limiter.limit(SEARCHES, key_func=by_user)
def find() -> Response:
    """The newest messages with every word of `q` in them, everywhere or in one `conversation`; without `q`, the form.

    `before` is the `next` of the page before. The team is also told the people whom the words fit.
    """
    user = auth.user()
    args = request.args.to_dict()
    inside = fields.object_id(args, "conversation", "a conversation")
    if "q" not in args:
        page = render_template("sheets/search.html", conversation_id=inside)
        return Response(page, mimetype="text/html")
    question = fields.text(args, "q", 200) or ""
    before = _position(args.get("before"))
    result = query.messages(user, question, inside, before)
    views = conversation_views.get_each(user, (message.conversation_id for message in result.messages))
    hits = [_hit(message, views[message.conversation_id], question) for message in in_turns(result.messages)]
    is_agent = conversation_page.is_agent(user)
    people = query.people(user, question) if is_agent and inside is None and before is None else []
    following = None
    if result.next is not None:
        following = url_for("search.find", q=question, conversation=inside, before=f"{result.next:x}")
    return respond(
        {"messages": hits, "next": f"{result.next:x}" if result.next is not None else None}
        | ({"people": [serializers.profile(it) for it in people]} if is_agent else {}),
        lambda: render_template(
            "sheets/hits.html",
            hits=hits,
            people=[serializers.profile(it) for it in people],
            several=inside is None,
            is_agent=is_agent,
            following=following,
            first=before is None,
        ),
    )


def _position(cursor: str | None) -> int | None:
    """Where a page of hits begins, which is `next` of the page before."""
    if not cursor:
        return None
    if not re.fullmatch("[0-9a-f]{1,16}", cursor):
        raise Unprocessable(_("before must be the “next” of the page before."))
    return int(cursor, 16) & (2**63 - 1)


def _hit(message: Message, view: ConversationView, question: str) -> serializers.Json:
    shape = serializers.message(message, view.me, view.conversation.members, view.viewer)
    parts = [fold(word) for word in question.split()]
    found_in = message.body
    if message.attachment and not all(word in fold(message.body) for word in parts):
        found_in = message.attachment.name
    return shape | {"title": serializers.conversation(view)["title"], "excerpt": excerpt(found_in, question)}


def excerpt(body: str, question: str) -> tuple[str, str, str]:
    """What stands before, what was found (the whole question if it stands there), and what stands after it."""
    line = richtext.plain(body, len(body))
    for wanted in (question, *question.split()):
        start, end = locate(line, fold(wanted))
        if start >= 0:
            begin = max(0, start - AROUND)
            return ("…" if begin else "") + line[begin:start], line[start:end], line[end:][: 3 * AROUND]
    return line[: 3 * AROUND], "", ""  # found in what is not shown, such as a marker
