"""The file that comes with a message: within the request, or uploaded before it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import IO, Any

from flask import Request, request

from widget import extensions
from widget.chat.attachments import receiving, uploads
from widget.chat.attachments.files import Measurements
from widget.chat.conversations import membership
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import NotFound, Unprocessable
from widget.chat.messages import sending
from widget.i18n import _
from widget.models import User
from widget.threads import give_way, run_in_thread
from widget.web import fields, storage_limits

ENVELOPE = 256 * 1024
"""What a multipart body may hold besides its file, in bytes."""

LONGEST = 24 * 60 * 60
"""Seconds that audio or video may last."""

PIECE = 256 * 1024
"""Bytes of a file that are moved at once."""

_WAVEFORM = re.compile("[0-9a-v]{1,64}")


class CooperativeRequest(Request):
    """A request whose files are written to disk with room for others in between: from a quick network a large one
    would otherwise never wait, and neither would anybody else get a turn."""

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        write = stream.write

        def considerate(piece: bytes) -> int:
            give_way()
            return write(piece)

        stream.write = considerate  # type: ignore[method-assign, assignment]
        return stream


def _may_carry_files() -> bool:
    return request.mimetype == "multipart/form-data"


def carries_file(form: fields.Fields) -> bool:
    """Whether a message comes with a file, or with the id of one."""
    return "upload" in form or (_may_carry_files() and bool(request.files))


def allow_files() -> None:
    """Let this request be as large as a file; called before its body is read. Raises TooLarge for a larger one."""
    if _may_carry_files():
        most = extensions.settings().max_upload
        request.max_content_length = most + ENVELOPE
        receiving.check_size(max(1, (request.content_length or 0) - ENVELOPE), most)


def receive_upload(user: User, conversation_id: str, form: fields.Fields, client_id: str) -> str | None:
    """The id of the file that a message is to carry; None when it carries none, or had been sent before.

    Raises like `messages.send` and `receiving.receive`, before anything of the file is stored.
    """
    if not carries_file(form):
        return None
    file = request.files.get("file")
    earlier = fields.object_id(form, "upload", "an upload")
    if file is not None and earlier is not None:
        raise Unprocessable(_("A message carries one file: file or upload, not both."))
    if file is None and earlier is None:
        return None
    if sending.sent_before(user, client_id):
        return None  # it answers with the first message, which has its file
    membership.require_present(conversation_views.get(user, conversation_id).me)
    if file is None:
        with suppress(NotFound):  # then it cannot be sent either, for which there are better words
            uploads.finish(user, str(earlier))
        return earlier
    storage_limits.reserve(user, max(0, (request.content_length or 0) - len(file.filename or "")))
    pieces = iter(lambda: run_in_thread(file.stream.read, PIECE), b"")
    return receiving.receive_pieces(user, pieces, file.filename or "", extensions.settings().max_upload).id


def measurements(form: fields.Fields) -> Measurements:
    """What the browser has measured of audio or video; raises Unprocessable for what cannot be."""
    waveform = fields.exact(form, "waveform", 64)
    if waveform is not None and not _WAVEFORM.fullmatch(waveform):
        raise Unprocessable(_("%(name)s must be digits from 0 to v.", name="waveform"))
    return Measurements(_pixels(form, "width"), _pixels(form, "height"), _duration(form), waveform)


def _pixels(form: fields.Fields, name: str) -> int | None:
    if form.get(name) in (None, ""):
        return None
    value = fields.whole_number(form[name], name)
    if not 0 < value <= 20_000:
        raise Unprocessable(_("%(name)s must be a number of pixels.", name=name))
    return value


def _duration(form: fields.Fields) -> int | None:
    """Seconds, perhaps with a fraction, as milliseconds."""
    given = form.get("duration")
    if given in (None, ""):
        return None
    wrong = isinstance(given, bool) or not isinstance(given, (int, float, str))
    if wrong or not re.fullmatch(r"\d{1,6}(\.\d{1,20})?", str(given)) or not 0 < float(given) <= LONGEST:
        raise Unprocessable(_("%(name)s must be a number of seconds.", name="duration"))
    return max(1, round(float(given) * 1000))
