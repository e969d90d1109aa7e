"""/w/forms/<name>: the named forms of the settings, as visitors fill them in and as agents insert them."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from widget.chat.forms import named, submissions
from widget.models import User
from widget.web import auth, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import by_user, limiter, messages

bp = Blueprint("forms", __name__, url_prefix="/w/forms")


@bp.get("")
def index() -> Response:
    """What agents can insert into a conversation: forms, and options to choose from, by their names."""
    auth.team()
    shapes = [{"name": name} | content for name, content in named.recent().items()]
    return respond({"forms": shapes}, lambda: render_template("sheets/forms.html", forms=shapes))


@bp.get("/<name>")
def show(name: str) -> Response:
    """The form of this name; `known`: what it asks and is known of the visitor already, by the names of its fields."""
    shape = asked(auth.user(), name)
    return respond(shape, lambda: render_template("sheets/form.html", form=shape))


def asked(user: User, name: str) -> serializers.Json:
    """A form as it is asked of a visitor."""
    form = named.form(name)
    return {"name": name, "user": user.id} | form | {"known": submissions.known(user, form)}


@bp.post("/<name>/answer")
@limiter.shared_limit(messages, scope="messages", key_func=by_user)
def answer(name: str) -> Response:
    """Fill it in: `values`, by the names of its fields; 201 with the message that says so, 200 with the same for every
    retry of its `client_id`."""
    user = auth.user()
    given = fields.body()
    sent = submissions.submit(user, name, fields.required_uuid(given, "client_id"), given.get("values"))
    shape = serializers.message(sent.message, sent.me, sent.members, user.id)
    return respond(
        shape, lambda: render_template("fragments/message.html", message=shape), 201 if sent.created else 200
    )
