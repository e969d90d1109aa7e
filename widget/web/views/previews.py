"""POST /w/preview: what the first link of a text leads to, for the composer. Pictures are under /files."""

from __future__ import annotations

from time import time

from flask import Blueprint, Response, render_template, request

from widget import extensions, signing, storage
from widget.chat.attachments import uploaded_pictures
from widget.chat.errors import Expired, NotFound
from widget.chat.messages import link_previews
from widget.i18n import _
from widget.models import BODY_LIMIT
from widget.previews import lookup, pictures
from widget.web import auth, fields, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import PREVIEWS, by_user, limiter
from widget.web.views import files

bp = Blueprint("previews", __name__)


@bp.app_template_global()
def previews_enabled() -> bool:
    """Whether this server looks at pages at all."""
    return extensions.settings().link_previews


def wanted(form: fields.Fields) -> bool:
    """Whether a message may have a preview: unless `preview` says no."""
    return previews_enabled() and form.get("preview") not in (False, "false", "off", "0")


@bp.post("/w/preview")
@limiter.limit(PREVIEWS, key_func=by_user)
def show() -> Response:
    """The preview of the first link in `body`; 204 when there is none."""
    auth.user()
    url = link_previews.link_in(fields.text(fields.body(), "body", BODY_LIMIT) or "")
    preview = lookup.get(url) if url and previews_enabled() else None
    if preview is None or not preview.found:
        return Response(status=204)
    shape = serializers.preview(preview)
    return respond(shape, lambda: render_template("fragments/preview.html", preview=shape))


@bp.app_template_filter()
def own_picture(url: str) -> str | None:
    """Where a page finds the picture at somebody's address: with us. The team's own is where its owner says."""
    if url == extensions.settings().display_picture or url.startswith(uploaded_pictures.PATH):
        return url
    return pictures.path(url) if previews_enabled() else None


@bp.get("/files/picture/<int:expires>/<signature>")
def picture(expires: int, signature: str) -> Response:
    """The picture of somebody, or of a group, whose address is `url`: a small copy. The first who asks waits for it."""
    url = request.args.get("url", "")
    if not signing.holds(f"picture:{url}", expires, signature) or not previews_enabled():
        raise NotFound(_("There is nothing at this address."))
    if time() > expires:
        raise Expired(_("This address is no longer valid."))
    try:
        content = files.whole(pictures.key(url))
    except NotFound:
        pictures.fetch(url)
        content = files.whole(pictures.key(url))
    return files.headed(content, "image/webp", "inline", expires)


@bp.get("/files/preview/<id:preview_id>/<int:expires>/<signature>")
def image(preview_id: str, expires: int, signature: str) -> Response:
    """The picture of a preview, small."""
    if not signing.holds(f"preview:{preview_id}", expires, signature):
        raise NotFound(_("There is nothing at this address."))
    if time() > expires:
        raise Expired(_("This address is no longer valid."))
    key = lookup.image_key(preview_id)
    if key is None:
        raise NotFound(_("This image is gone."))
    try:
        return files.headed(files.whole(key), "image/webp", "inline", expires)
    except storage.Missing:
        raise NotFound(_("This image is gone.")) from None
