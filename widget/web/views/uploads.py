"""/w/uploads: the tus protocol (https://tus.io/protocols/resumable-upload, 1.0.0) with its extensions for creation,
termination and expiration. What was uploaded is sent with its id: `upload` beside a message's `body`.

Written here because what there is for Flask has been dead for years, or keeps its state in a folder of one machine;
ours is a row of the database and pieces in the storage, so that any process of any machine can take the next piece.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import ClientDisconnected, PreconditionFailed, UnsupportedMediaType
from werkzeug.http import http_date

from widget import extensions
from widget.chat.attachments import receiving, uploads
from widget.chat.errors import Unprocessable
from widget.i18n import _, lazy
from widget.models import Attachment
from widget.web import auth, fields, storage_limits
from widget.web.body_deadline import TooSlow
from widget.web.limits import PIECES, UPLOADS, by_user, limiter

bp = Blueprint("uploads", __name__, url_prefix="/w/uploads")

VERSION = "1.0.0"
PIECE = 64 * 1024
POSTER_LIMIT = 512 * 1024
"""The largest poster of a video, in bytes."""


class OtherVersion(PreconditionFailed):
    """A client that speaks another version of the protocol; it is told which one is spoken here."""

    reason = lazy("This server speaks version 1.0.0 of the tus protocol.")

    def get_headers(self, *args: object, **kwargs: object) -> list[tuple[str, str]]:
        """Also the version."""
        return [*super().get_headers(*args, **kwargs), ("Tus-Version", VERSION)]  # type: ignore[arg-type]


@bp.before_request
def check_version() -> None:
    """Refuse what another version of the protocol may mean otherwise; asking for the version is always right."""
    if request.method != "OPTIONS" and request.headers.get("Tus-Resumable", VERSION) != VERSION:
        raise OtherVersion


@bp.after_request
def speak_tus(response: Response) -> Response:
    """Say on every answer which protocol this is."""
    response.headers["Tus-Resumable"] = VERSION
    return response


@bp.route("", methods=["OPTIONS"], provide_automatic_options=False)
def abilities() -> Response:
    """What this server can do."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration",
        "Tus-Max-Size": str(extensions.settings().max_upload),
    }
    return Response(status=204, headers=headers)


@bp.post("")
@limiter.limit(UPLOADS, key_func=by_user)
def begin() -> Response:
    """Announce a file: its size in Upload-Length, its name as `filename` in Upload-Metadata. 201 with its Location."""
    user = auth.user()
    size = fields.whole_number(request.headers.get("Upload-Length"), "Upload-Length")
    name, most = _filename(), extensions.settings().max_upload
    receiving.check_size(size, most)
    storage_limits.reserve(user, size)
    attachment = uploads.begin(user, name, size, most)
    headers = {"Location": url_for("uploads.show", upload_id=attachment.id), **_position(attachment)}
    return Response(status=201, headers=headers)


@bp.route("/<id:upload_id>", methods=["HEAD"])
def show(upload_id: str) -> Response:
    """How far it has got, in Upload-Offset."""
    return Response(status=200, headers=_position(uploads.get(auth.user(), upload_id)))


@bp.patch("/<id:upload_id>")
@limiter.limit(PIECES, key_func=by_user)
def append(upload_id: str) -> Response:
    """Take the piece that comes at Upload-Offset, or as much of it as arrives."""
    user = auth.user()
    attachment = uploads.get(user, upload_id)
    if request.mimetype != "application/offset+octet-stream":
        raise UnsupportedMediaType
    offset = fields.whole_number(request.headers.get("Upload-Offset"), "Upload-Offset")
    request.max_content_length = attachment.size + 1  # where it ends is for `spool` to see
    with receiving.temporary_folder() as folder:
        piece = folder / "piece"
        receiving.spool(piece, _arriving(), attachment.size)
        here = uploads.append(user, upload_id, offset, piece)
    return Response(status=204, headers={"Upload-Offset": str(here)})


@bp.delete("/<id:upload_id>")
def cancel(upload_id: str) -> Response:
    """Give it up."""
    uploads.cancel(auth.user(), upload_id)
    return Response(status=204)


@bp.put("/<id:upload_id>/poster")
@limiter.limit(UPLOADS, key_func=by_user)
def poster(upload_id: str) -> Response:
    """Let the image in the body stand for a video."""
    user = auth.user()
    uploads.get(user, upload_id)
    request.max_content_length = POSTER_LIMIT + 1
    with receiving.temporary_folder() as folder:
        image = Path(folder / "poster")
        receiving.check_size(receiving.spool(image, _arriving(), POSTER_LIMIT), POSTER_LIMIT)
        uploads.add_poster(user, upload_id, image)
    return Response(status=204)


def _arriving() -> Iterator[bytes]:
    """The body, piece by piece; ends early without an error when the connection is lost: what came is kept."""
    try:
        while piece := request.stream.read(PIECE):
            yield piece
    except (ClientDisconnected, TooSlow, OSError):
        return


def _position(attachment: Attachment) -> dict[str, str]:
    headers = {
        "Upload-Offset": str(attachment.received),
        "Upload-Length": str(attachment.size),
        "Cache-Control": "no-store",
    }
    if attachment.expires_at:
        headers["Upload-Expires"] = http_date(attachment.expires_at)
    return headers


def _filename() -> str:
    """The name out of Upload-Metadata: pairs of a key and its value in Base64, comma separated."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, value = pair.strip().partition(" ")[::2]
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Unprocessable(_("The filename in Upload-Metadata must be UTF-8 in Base64.")) from None
    return ""
