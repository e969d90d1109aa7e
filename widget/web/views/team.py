"""The team's own things: labels, canned answers, who is available, what was done. Visitors get 403."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget.chat import canned
from widget.chat.conversations import labels
from widget.chat.errors import Unprocessable
from widget.chat.users import availability
from widget.models import User
from widget.web import auth, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import GROUPS, by_user, limiter

bp = Blueprint("team", __name__, url_prefix="/w")


@bp.get("/canned")
def canned_answers() -> Response:
    """The canned answers that one may insert, the most used first; with `q` those in which it occurs."""
    q = fields.text(request.args.to_dict(), "q", 200) or ""
    answers = [serializers.canned(it) for it in canned.list_for(auth.team(), q)]
    return respond({"canned": answers}, lambda: render_template("team/canned.html", canned=answers))


@bp.post("/canned")
@limiter.limit(GROUPS, key_func=by_user)
def create_canned() -> Response:
    """A new one: `short`, `text`, and `shared` (1 when it is left out)."""
    user, form = auth.team(), fields.body()
    shared = fields.switch(form, "shared")
    made = canned.create(user, *_canned(form), shared=shared is not False)
    return _one(serializers.canned(made), "team/canned.html", "canned", 201)


@bp.patch("/canned/<id:answer_id>")
@limiter.limit(GROUPS, key_func=by_user)
def change_canned(answer_id: str) -> Response:
    """Another `short`, `text` or `shared`."""
    user, form = auth.team(), fields.body()
    short = fields.text(form, "short", canned.SHORT_LIMIT) if "short" in form else None
    text = (fields.text(form, "text", canned.TEXT_LIMIT) or "") if "text" in form else None
    changed = canned.change(user, answer_id, short, text, fields.switch(form, "shared"))
    return _one(serializers.canned(changed), "team/canned.html", "canned")


@bp.delete("/canned/<id:answer_id>")
def remove_canned(answer_id: str) -> Response:
    """Throw one away."""
    canned.remove(auth.team(), answer_id)
    return Response(status=204)


@bp.post("/canned/<id:answer_id>/used")
def use_canned(answer_id: str) -> Response:
    """It was inserted."""
    canned.count_use(auth.team(), answer_id)
    return Response(status=204)


def _canned(form: fields.Fields) -> tuple[str, str]:
    short = fields.text(form, "short", canned.SHORT_LIMIT) or ""
    return short.removeprefix("/"), fields.text(form, "text", canned.TEXT_LIMIT) or ""


@bp.get("/labels")
def all_labels() -> Response:
    """All labels, each with the number of conversations that have it."""
    auth.team()
    shapes = [serializers.label(label, count) for label, count in labels.all_with_counts()]
    return respond({"labels": shapes}, lambda: render_template("team/labels.html", labels=shapes))


@bp.post("/labels")
@limiter.limit(GROUPS, key_func=by_user)
def create_label() -> Response:
    """A new one: `name` and perhaps `color`."""
    user, form = auth.team(), fields.body()
    name = fields.text(form, "name", labels.NAME_LIMIT) or ""
    return _one(
        serializers.label(labels.create(user, name, fields.text(form, "color", 7))), "team/labels.html", "labels", 201
    )


@bp.patch("/labels/<id:label_id>")
@limiter.limit(GROUPS, key_func=by_user)
def change_label(label_id: str) -> Response:
    """Another `name` or `color` (none when it is empty), by an owner."""
    user, form = _manager(), fields.body()
    name = (fields.text(form, "name", labels.NAME_LIMIT) or "") if "name" in form else None
    color = (fields.text(form, "color", 7) or "") if "color" in form else None
    return _one(serializers.label(labels.change(user, label_id, name, color)), "team/labels.html", "labels")


@bp.delete("/labels/<id:label_id>")
def remove_label(label_id: str) -> Response:
    """Take one off every conversation, and away, by an owner."""
    labels.remove(_manager(), label_id)
    return Response(status=204)


def _manager() -> User:
    """An owner, or a bot whose token may manage; raises Forbidden to everybody else."""
    member = auth.team()
    return member if member.kind == "bot" else auth.owner()


@bp.get("/agents")
def agents() -> Response:
    """Everybody of the team: whether they are available, and how many open conversations they have."""
    auth.team()
    shapes = [serializers.agent(*it) for it in availability.team()]
    return respond({"agents": shapes}, lambda: render_template("team/agents.html", agents=shapes))


@bp.patch("/agents/me")
def change_me() -> Response:
    """Become `available` (1) or away (0); take at most `capacity` conversations by turns (none when it is empty)."""
    user, form = auth.team(), fields.body()
    available = fields.switch(form, "available")
    if available is None and "capacity" not in form:
        raise Unprocessable("available must be 1 or 0.")
    if "capacity" in form:
        given = form["capacity"]
        availability.set_capacity(user, None if given in (None, "") else fields.whole_number(given, "capacity"))
    if available is not None:
        availability.set_available(user, available)
    person, held = availability.get(user.id) or (user, 0)
    return _one(serializers.agent(person, held), "team/agents.html", "agents")


def _one(shape: serializers.Json, template: str, name: str, status: int = 200) -> Response:
    """One of something, in HTML as its list shows it."""
    return respond(shape, lambda: render_template(template, **{name: [shape]}), status)
