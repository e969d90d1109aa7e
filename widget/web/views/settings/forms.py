"""Forms: what visitors are asked, what agents insert, and what was answered."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from widget.chat.errors import Malformed, NotFound, Unprocessable
from widget.chat.forms import listing, named
from widget.chat.messages import content
from widget.i18n import _, lazy
from widget.models import Message, User
from widget.text.spreadsheets import cell
from widget.web import fields, serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame

AREA = "forms"

BLANK: Json = {"type": "form", "title": "", "submit": None, "fields": [{"kind": "text"}]}
"""What the editor of a new form begins with."""


@frame.area(AREA, lazy("Forms"), script="forms", styles="settings_forms")
def page(_agent: User) -> Json:
    """All named contents, how often each was answered, and the names of forms that are gone but have answers."""
    found, counts = named.every(), listing.counts()
    return {
        "forms": [{"name": name, "content": it, "answers": counts.get(name, 0)} for name, it in found.items()],
        "gone": [{"name": name, "answers": count} for name, count in counts.items() if name not in found],
        "kinds": list(content.KINDS),
        "blank": BLANK,
        "first": _first(),
        "prechat": named.PRECHAT,
    }


def _first() -> Json:
    """What the editor of the form before the first message begins with; each of them is known where a page says it."""
    fields = [
        {"name": "name", "label": _("Name"), "kind": "text"},
        {"name": "email", "label": _("E-mail"), "kind": "email", "required": True},
    ]
    return {"type": "form", "title": _("Before we begin"), "fields": fields, "submit": _("Start the chat")}


@frame.bp.put("/forms/<name>")
def put_form(name: str) -> AnyResponse:
    """Keep a `content`, a form or options, under a name."""
    return _kept(name, fields.content(fields.body()))


@frame.bp.post("/forms")
def create_form() -> AnyResponse:
    """A new one: `name` and `content`."""
    form = fields.body()
    name = fields.exact(form, "name", named.NAME_LIMIT) or ""
    if name in named.every():
        raise Unprocessable(_("There is a form “%(name)s” already.", name=name))
    return _kept(name, fields.content(form))


def _kept(name: str, given: content.Content | None) -> AnyResponse:
    if given is None:
        raise Unprocessable(_("%(path)s must be %(wanted)s.", path="content", wanted=_("an object")))
    named.put(frame.agent(), name, given)
    return frame.changed(AREA)


@frame.bp.delete("/forms/<name>")
def remove_form(name: str) -> AnyResponse:
    """Take one away; its answers stay."""
    named.remove(frame.agent(), name)
    return frame.changed(AREA)


@frame.bp.get("/forms/<name>")
def form_answers(name: str) -> Response:
    """The answers to a form, newest first, from `after` on."""
    form = _form(name)
    found = listing.page(name, _place(request.args.get("after", "")))
    shape = {
        "name": name,
        "form": form,
        "answers": [_answer(form, it) for it in found.answers],
        "next": f"{found.next[0].isoformat()} {found.next[1]}" if found.next else None,
    }
    return frame.part(AREA, (form or {}).get("title") or name, "settings/form_answers.html", shape)


@frame.bp.get("/forms/<name>.csv")
def form_answers_as_csv(name: str) -> Response:
    """The same as a table, all of them, sent while it is read: a column for each field that the form has now."""
    columns = [field["name"] for field in (_form(name) or {}).get("fields", [])]
    rows = stream_with_context(_lines(_rows(name, columns)))
    response = Response(rows, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _form(name: str) -> content.Content | None:
    """The form as it is now; None when it is gone and has answers. Raises NotFound."""
    found = named.every().get(name)
    if found is None and not listing.page(name, most=1).answers:
        raise NotFound(_("There is no form of this name."))
    return found


def _answer(form: content.Content | None, it: Message) -> Json:
    values = _values(it)
    return {
        "message": it.id,
        "seq": it.seq,
        "conversation": it.conversation_id,
        "user": serializers.user(it.sender),
        "created_at": serializers.iso_time(it.created_at),
        "values": values,
        "shown": listing.shown(form, values),
    }


def _values(it: Message) -> dict[str, Any]:
    values: dict[str, Any] = (it.answer or {}).get("values", {})
    return values


def _rows(name: str, columns: list[str]) -> Iterator[list[Any]]:
    yield ["time", "conversation", "visitor", "email", *columns, "other"]
    for it in listing.every(name):
        values = _values(it)
        others = {key: value for key, value in values.items() if key not in columns}
        who = [serializers.iso_time(it.created_at), it.conversation_id, it.sender.name, it.sender.email]
        yield [*who, *(values.get(key) for key in columns), json.dumps(others, ensure_ascii=False) if others else ""]


def _lines(rows: Iterator[list[Any]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([cell(it) for it in row])
        yield line.getvalue()


def _place(text: str) -> listing.Place | None:
    """Where a page ended; raises Malformed for what is no such place."""
    if not text:
        return None
    at, _space, message = text.rpartition(" ")
    try:
        return datetime.fromisoformat(at), message
    except ValueError:
        raise Malformed(_("after must be the “next” of the page before.")) from None
