"""POST /w/preview: what the first link of a text leads to, for the composer. Its picture is under /files."""

from __future__ import annotations

from time import time

from flask import Blueprint, Response, render_template

from widget import shapes, signing, storage
from widget.chat import previews
from widget.chat.errors import Expired, NotFound
from widget.models import BODY_LIMIT
from widget.web import fields, files, viewer
from widget.web.answers import answer
from widget.web.limits import PREVIEWS, by_user, limiter

bp = Blueprint("previews", __name__)


@bp.app_template_global()
def link_previews() -> bool:
    """Whether this server looks at pages at all."""
    return shapes.settings().link_previews == "on"


def wanted(said: fields.Fields) -> bool:
    """Whether a message may have a preview: unless `preview` says no."""
    return link_previews() and said.get("preview") not in (False, "false", "off", "0")


@bp.post("/w/preview")
@limiter.limit(PREVIEWS, key_func=by_user)
def look() -> Response:
    """The preview of the first link in `body`; 204 when there is none."""
    viewer.user()
    url = previews.link_in(fields.text(fields.body(), "body", BODY_LIMIT) or "")
    found = previews.look(url) if url and link_previews() else None
    if found is None or not found.found:
        return Response(status=204)
    shape = shapes.preview(found)
    return answer(shape, lambda: render_template("fragments/preview.html", preview=shape))


@bp.get("/files/preview/<id:preview_id>/<int:expires>/<signature>")
def picture(preview_id: str, expires: int, signature: str) -> Response:
    """The picture of a preview, small."""
    if not signing.holds(f"preview:{preview_id}", expires, signature):
        raise NotFound("There is nothing at this address.")
    if time() > expires:
        raise Expired("This address does not hold any more.")
    key = previews.picture_of(preview_id)
    if key is None:
        raise NotFound("This picture is gone.")
    try:
        return files.headed(files.whole(key), "image/webp", "inline", expires)
    except storage.Missing:
        raise NotFound("This picture is gone.") from None
