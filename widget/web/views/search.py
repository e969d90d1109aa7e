"""GET /w/search: finding what was said in one's own conversations."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget.chat.conversations import views as conversation_views
from widget.chat.messages import search
from widget.text import richtext
from widget.web import auth, conversation_page, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import SEARCHES, by_user, limiter

bp = Blueprint("search", __name__, url_prefix="/w")

AROUND = 40
"""How many characters of a message are shown before what was found in it."""


@bp.get("/search")
@limiter.limit(SEARCHES, key_func=by_user)
def find() -> Response:
    """The newest messages with the text `q` in them, everywhere or in one `conversation`; without it, the form."""
    user = auth.user()
    inside = fields.object_id(request.args.to_dict(), "conversation", "a conversation")
    if "q" not in request.args:
        page = render_template("sheets/search.html", conversation_id=inside)
        return Response(page, mimetype="text/html")
    text = (fields.text(request.args.to_dict(), "q", 200) or "").strip()
    found = search.messages(user, text, inside)
    seats = {it: conversation_views.get(user, it) for it in {message.conversation_id for message in found}}
    hits = []
    for message in found:
        view = seats[message.conversation_id]
        shape = serializers.message(message, view.me, view.conversation.members)
        found_in = message.body
        if message.attachment and text.lower() not in message.body.lower():
            found_in = message.attachment.name
        hits.append(shape | {"title": serializers.conversation(view)["title"], "excerpt": excerpt(found_in, text)})
    return respond(
        {"messages": hits},
        lambda: render_template(
            "sheets/hits.html", hits=hits, several=len(seats) > 1, is_agent=conversation_page.is_agent(user)
        ),
    )


def excerpt(body: str, text: str) -> tuple[str, str, str]:
    """What stands before, what was found, and what stands after it, on one line."""
    line = richtext.plain(body, len(body))
    at = line.lower().find(text.lower())
    if at < 0:  # found in what is not shown, such as a marker
        return line[: 3 * AROUND], "", ""
    start = max(0, at - AROUND)
    return ("…" if start else "") + line[start:at], line[at : at + len(text)], line[at + len(text) :][: 3 * AROUND]
