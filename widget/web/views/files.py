"""GET /files/…: what messages carry, to whoever has the signed address, in the pieces that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from time import time

from flask import Blueprint, Response, request
from werkzeug.datastructures import ContentRange
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from widget import extensions, storage
from widget.chat.attachments import files
from widget.chat.errors import NotFound
from widget.i18n import _
from widget.media.file_types import INLINE
from widget.web import header_values

bp = Blueprint("files", __name__, url_prefix="/files")

POLICY = "default-src 'none'; sandbox"
"""Whatever a file turns out to be: opened by itself it runs nothing, loads nothing and belongs to no origin."""

_WHAT = re.compile(r"([0-9a-f]{16})(\.webp)?")


@bp.app_template_global()
def max_upload() -> int:
    """The largest file that can be sent, in bytes; browsers say so before they begin."""
    return extensions.settings().max_upload


@bp.get("/<what>/<int:expires>/<signature>/<name>")
def file(what: str, expires: int, signature: str, name: str) -> Response:
    """A file or (".webp") its thumbnail; with `?download` to be saved. What is not plainly harmless is never shown."""
    if not _WHAT.fullmatch(what):
        raise NotFound(_("There is nothing at this address."))
    attachment = files.by_address(what, expires, signature)
    if what.endswith(".webp"):
        return headed(whole(f"{attachment.key}.webp"), "image/webp", "inline", expires)
    inline = attachment.type in INLINE and "download" not in request.args
    disposition = "inline" if inline else "attachment"
    mime = attachment.type if attachment.type in INLINE else "application/octet-stream"
    response = headed(_asked_for(attachment.key, attachment.size), mime, disposition, expires)
    response.headers["Content-Disposition"] = header_values.content_disposition(disposition, attachment.name)
    return response


def headed(response: Response, mime: str, disposition: str, expires: int) -> Response:
    """With the headers of something that a stranger has made, to be kept by the browser until its address expires."""
    response.mimetype = mime
    headers = response.headers
    headers["Content-Disposition"] = disposition
    headers["Content-Security-Policy"] = POLICY
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cache-Control"] = f"private, max-age={max(0, expires - int(time()))}, immutable"
    return response


def whole(key: str) -> Response:
    """Something small out of the storage."""
    return Response(b"".join(_found(key)))


def _asked_for(key: str, size: int) -> Response:
    """All of it, or the one range that is asked for (RFC 9110, 14); of several ranges, all of it."""
    start, stop = 0, size
    ranged = request.range is not None and request.range.units == "bytes" and len(request.range.ranges) == 1
    if ranged and (request.headers.get("If-Range") or f'"{key}"') == f'"{key}"':
        span = request.range.range_for_length(size)  # type: ignore[union-attr]
        if span is None:
            raise RequestedRangeNotSatisfiable(size)
        start, stop = span
    whole = (start, stop) == (0, size)
    pieces = _found(key, start, stop - start) if request.method != "HEAD" else iter(())
    response = Response(pieces, 200 if whole else 206)
    response.content_length = stop - start
    response.accept_ranges = "bytes"
    response.set_etag(key)
    if response.status_code == 206:
        response.content_range = ContentRange("bytes", start, stop, size)
    return response


def _found(key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes from the storage, once it is sure that there are some: afterwards there is no other answer."""
    try:
        pieces = storage.current().read(key, start, length)
        first = next(pieces, b"")
    except storage.Missing:
        raise NotFound(_("This file was deleted.")) from None
    return chain([first], pieces)
