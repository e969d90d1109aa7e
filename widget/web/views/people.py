"""Personal data: a visitor downloads or deletes their own, an agent a visitor's."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context

from widget.chat import blocks
from widget.chat.errors import NotFound
from widget.chat.personal import erasure
from widget.chat.users import corrections, merging, one_history, person_notes, visitors
from widget.exports import archive
from widget.i18n import _
from widget.models import User
from widget.web import auth, fields, header_values, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import EXPORTS, GROUPS, SEARCHES, by_user, limiter

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


@bp.post("/people/<member:person_id>/block")
@limiter.limit(GROUPS, key_func=by_user)
def block(person_id: str) -> Response:
    """Take nothing more from a visitor, or from the network address they came from last (`kind`), by the team."""
    agent, person = auth.team(), visitors.find(person_id)
    kind = fields.one_of(fields.body(), "kind", blocks.VISITOR, blocks.ADDRESS)
    blocks.add(agent, kind, person.id)
    shape = {"blocked": blocks.of_visitor(person.id), "visitor": serializers.profile(person)}
    return respond(shape, lambda: render_template("fragments/block.html", **shape), 201)


@bp.get("/people/<member:person_id>/merge")
@limiter.limit(SEARCHES, key_func=by_user)
def candidates(person_id: str) -> Response:
    """The visitors whom an agent finds by `q` and could take for the same person; without `q` the form."""
    agent, person = auth.team(), _person(person_id)
    if "q" not in request.args:
        page = render_template("inbox/sheets/merge.html", visitor=serializers.profile(person))
        return Response(page, mimetype="text/html")
    found = merging.found_for(agent, person.id, fields.text(request.args.to_dict(), "q", 200) or "")
    counts = merging.count_conversations(found)
    shapes = [serializers.profile(it) | {"conversations": counts.get(it.id, 0)} for it in found]
    return respond(
        {"people": shapes},
        lambda: render_template(
            "inbox/sheets/merge_candidates.html", people=shapes, visitor=serializers.profile(person)
        ),
    )


@bp.post("/people/<member:person_id>/merge")
@limiter.limit(GROUPS, key_func=by_user)
def merge(person_id: str) -> Response:
    """Take another visitor (`other`) for the same person, for the team's eyes, with `confirm`."""
    agent, form = auth.team(), fields.body()
    other = fields.object_id(form, "other", "a visitor") or ""
    merging.merge(agent, person_id, other, fields.switch(form, "confirm") or False)
    both = {"visitor": person_id, "other": other}
    shape = {name: serializers.profile(visitors.find(it)) for name, it in both.items()}
    return respond(shape, lambda: render_template("inbox/sheets/merged.html", **shape), 201)


@bp.delete("/people/<member:person_id>/merge")
def separate(person_id: str) -> Response:
    """Take a visitor for a person of their own again."""
    merging.separate(auth.team(), person_id)
    return Response(status=204)


@bp.get("/people/<member:person_id>/history")
@limiter.limit(SEARCHES, key_func=by_user)
def history(person_id: str) -> Response:
    """All messages with a visitor, and with all who are taken for the same person, as one thread: the newest page, or
    the one `before` a message; for the team, to be read."""
    agent, person = auth.team(), _person(person_id)
    before = fields.object_id(request.args.to_dict(), "before", "a message")
    page = one_history.page(agent, person, before)
    shown = [serializers.message(it, view.me, view.conversation.members, agent.id) for it, view in page.messages]
    address = f"/w/people/{person.id}/history"
    return respond(
        {"messages": shown, "more": page.older, "newer": before is not None},
        lambda: render_template(
            "sheets/earlier_messages.html" if before else "inbox/sheets/history.html",
            messages=shown,
            older=f"{address}?before={shown[0]['id']}" if page.older else None,
            is_agent=True,
        ),
    )


@bp.patch("/people/<member:person_id>")
@limiter.limit(GROUPS, key_func=by_user)
def correct(person_id: str) -> Response:
    """Correct a visitor's `name` or `email`, by the team; empty: what they say themselves counts again."""
    agent, form = auth.team(), fields.body()
    given: dict[str, str | None] = {}
    if "name" in form:
        given["name"] = fields.line(form, "name", visitors.NAME_LIMIT)
    if "email" in form:
        given["email"] = fields.mail_address(form, "email")
    shape = serializers.profile(corrections.correct(agent, person_id, given))
    return respond(shape, lambda: render_template("fragments/identity.html", visitor=shape))


@bp.post("/people/<member:person_id>/notes")
@limiter.limit(GROUPS, key_func=by_user)
def write_note(person_id: str) -> Response:
    """Keep a note (`body`) about a visitor, by the team and for it alone."""
    agent = auth.team()
    person_notes.add(agent, person_id, _note())
    return _notes(agent, person_id, 201)


@bp.patch("/people/<member:person_id>/notes/<id:note_id>")
@limiter.limit(GROUPS, key_func=by_user)
def change_note(person_id: str, note_id: str) -> Response:
    """Write a note about a visitor anew (`body`)."""
    agent = auth.team()
    person_notes.change(agent, person_id, note_id, _note())
    return _notes(agent, person_id)


@bp.delete("/people/<member:person_id>/notes/<id:note_id>")
def remove_note(person_id: str, note_id: str) -> Response:
    """Throw a note about a visitor away."""
    agent = auth.team()
    person_notes.remove(agent, person_id, note_id)
    return _notes(agent, person_id)


def _note() -> str | None:
    return fields.text(fields.body(), "body", person_notes.LIMIT)


def _notes(agent: User, person_id: str, status: int = 200) -> Response:
    person = visitors.find(person_id)
    shape = {"notes": [serializers.person_note(it, person) for it in person_notes.newest(agent, person)]}
    visitor = serializers.profile(person) | shape
    return respond(shape, lambda: render_template("fragments/person_notes.html", visitor=visitor), status)


@bp.delete("/people/<member:person_id>")
def erase(person_id: str) -> Response:
    """Delete everything that is known of a visitor, for good."""
    person = _person(person_id)
    asking = auth.user()
    erased = erasure.erase(person.id, asking if asking.team_id else None)
    shape = {"conversations": erased.conversations, "groups": erased.groups}
    return respond(shape, lambda: render_template("fragments/erased.html"))
