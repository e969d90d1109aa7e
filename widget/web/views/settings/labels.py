"""The labels of the team: their names and colours."""

from __future__ import annotations

from werkzeug.wrappers import Response

from widget.chat.conversations import labels
from widget.i18n import lazy
from widget.models import User
from widget.web import fields, serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame


@frame.area("labels", lazy("Labels"))
def page(_agent: User) -> Json:
    """All labels, each with the number of conversations that have it."""
    return {"labels": [serializers.label(label, count) for label, count in labels.all_with_counts()]}


@frame.bp.post("/labels")
@frame.for_agents
def create_label() -> Response:
    """A new one: `name`, and perhaps `color`."""
    form = fields.body()
    labels.create(frame.agent(), fields.line(form, "name", labels.NAME_LIMIT) or "", fields.exact(form, "color", 7))
    return frame.changed("labels")


@frame.bp.patch("/labels/<id:label_id>")
def change_label(label_id: str) -> Response:
    """Another `name` or `color`."""
    form = fields.body()
    name = (fields.line(form, "name", labels.NAME_LIMIT) or "") if "name" in form else None
    labels.change(frame.agent(), label_id, name, fields.exact(form, "color", 7))
    return frame.changed("labels")


@frame.bp.delete("/labels/<id:label_id>")
def remove_label(label_id: str) -> Response:
    """Take one off every conversation, and away."""
    labels.remove(frame.agent(), label_id)
    return frame.changed("labels")
