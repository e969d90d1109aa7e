"""GET /w/search: finding what was said in one's own conversations."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget import richtext, shapes
from widget.chat import conversations, search
from widget.web import fields, opening, viewer
from widget.web.answers import answer
from widget.web.limits import SEARCHES, by_user, limiter

bp = Blueprint("search", __name__, url_prefix="/w")

AROUND = 40
"""How many characters of a message are shown before what was found in it."""


@bp.get("/search")
@limiter.limit(SEARCHES, key_func=by_user)
def find() -> Response:
    """The newest messages with the text `q` in them, everywhere or in one `conversation`; without it, the form."""
    user = viewer.user()
    inside = fields.identity(request.args.to_dict(), "conversation", "a conversation")
    if "q" not in request.args:
        page = render_template("sheets/search.html", conversation_id=inside)
        return Response(page, mimetype="text/html")
    text = (fields.text(request.args.to_dict(), "q", 200) or "").strip()
    found = search.messages(user, text, inside)
    seats = {it: conversations.one_of(user, it) for it in {said.conversation_id for said in found}}
    hits = []
    for said in found:
        view = seats[said.conversation_id]
        shape = shapes.message(said, view.me, view.conversation.members)
        found_in = said.body
        if said.attachment and text.lower() not in said.body.lower():
            found_in = said.attachment.name
        hits.append(shape | {"title": shapes.conversation(view)["title"], "excerpt": excerpt(found_in, text)})
    return answer(
        {"messages": hits},
        lambda: render_template("sheets/hits.html", hits=hits, several=len(seats) > 1, at_desk=opening.at_desk(user)),
    )


def excerpt(body: str, text: str) -> tuple[str, str, str]:
    """What stands before, what was found, and what stands after it, on one line."""
    line = richtext.plain(body, len(body))
    at = line.lower().find(text.lower())
    if at < 0:  # found in what is not shown, such as a marker
        return line[: 3 * AROUND], "", ""
    start = max(0, at - AROUND)
    return ("…" if start else "") + line[start:at], line[at : at + len(text)], line[at + len(text) :][: 3 * AROUND]
