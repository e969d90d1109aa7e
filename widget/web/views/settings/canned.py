"""Canned answers: those of the whole team, and one's own."""

from __future__ import annotations

from werkzeug.wrappers import Response

from widget.chat import canned
from widget.i18n import lazy
from widget.models import User
from widget.web import fields, serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame

AREA = "canned"

PLACEHOLDERS = ["{{visitor.name}}", "{{agent.name}}", "{{page.title}}"]
"""What is filled in when one is inserted (js/inbox/canned.js)."""


@frame.area(AREA, lazy("Canned answers"))
def page(agent: User) -> Json:
    """Those that one may insert, by their short names."""
    found = sorted(canned.list_for(agent), key=lambda it: it.short)
    return {"canned": [serializers.canned(it) for it in found], "placeholders": PLACEHOLDERS}


@frame.bp.post("/canned")
@frame.for_agents
def create_canned() -> Response:
    """A new one: `short`, `text`, `shared`."""
    form = fields.body()
    canned.create(frame.agent(), _short(form), _text(form), shared=fields.switch(form, "shared") is True)
    return frame.changed(AREA)


@frame.bp.patch("/canned/<id:answer_id>")
@frame.for_agents
def change_canned(answer_id: str) -> Response:
    """Another `short`, `text` or `shared`."""
    form = fields.body()
    short = _short(form) if "short" in form else None
    text = _text(form) if "text" in form else None
    canned.change(frame.agent(), answer_id, short, text, fields.switch(form, "shared"))
    return frame.changed(AREA)


@frame.bp.delete("/canned/<id:answer_id>")
@frame.for_agents
def remove_canned(answer_id: str) -> Response:
    """Throw one away."""
    canned.remove(frame.agent(), answer_id)
    return frame.changed(AREA)


def _short(form: fields.Fields) -> str:
    return (fields.line(form, "short", canned.SHORT_LIMIT) or "").removeprefix("/")


def _text(form: fields.Fields) -> str:
    return fields.text(form, "text", canned.TEXT_LIMIT) or ""
