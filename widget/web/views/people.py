"""Personal data: a visitor downloads or deletes their own, an agent a visitor's."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, stream_with_context

from widget.chat.errors import NotFound
from widget.chat.personal import erasure
from widget.chat.users import visitors
from widget.exports import archive
from widget.i18n import _
from widget.models import User
from widget.web import auth, header_values
from widget.web.content_negotiation import respond
from widget.web.limits import EXPORTS, by_user, limiter

bp = Blueprint("people", __name__, url_prefix="/w")


def _person(person_id: str) -> User:
    """Oneself, or for somebody of the team any visitor; raises NotFound."""
    asking = auth.user()
    if person_id in ("me", asking.id):
        found = asking
    elif asking.team_id is not None:
        found = visitors.find(person_id)
    else:
        raise NotFound(_("There is nobody of this id."))
    if found.kind != "visitor":
        raise NotFound(_("There is no visitor of this id."))
    return found


@bp.get("/people/<member:person_id>/export")
@limiter.limit(EXPORTS, key_func=by_user)
def export(person_id: str) -> Response:
    """A zip with everything that is known of a visitor: JSON, a page to read, and the files."""
    person = _person(person_id)
    return _zip(archive.of_person(person), f"chat-{person.id}.zip")


@bp.get("/conversations/<id:conversation_id>/export")
@limiter.limit(EXPORTS, key_func=by_user)
def export_conversation(conversation_id: str) -> Response:
    """The same of one conversation, as whoever asks sees it."""
    return _zip(archive.of_conversation(auth.user(), conversation_id), f"chat-{conversation_id}.zip")


def _zip(pieces: Iterator[bytes], name: str) -> Response:
    response = Response(stream_with_context(filter(None, pieces)), mimetype="application/zip")
    response.headers["Content-Disposition"] = header_values.content_disposition("attachment", name)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.delete("/people/<member:person_id>")
def erase(person_id: str) -> Response:
    """Delete everything that is known of a visitor, for good."""
    person = _person(person_id)
    asking = auth.user()
    erased = erasure.erase(person.id, asking if asking.team_id else None)
    shape = {"conversations": erased.conversations, "groups": erased.groups}
    return respond(shape, lambda: render_template("fragments/erased.html"))
