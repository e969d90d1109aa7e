"""The picture that comes with a form."""

from __future__ import annotations

from flask import request

from widget.chat.attachments import uploaded_pictures
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.threads import run_in_thread
from widget.web import message_upload


def received_picture() -> str:
    """The path of the picture (`file`) of this request; raises Unprocessable without one, or for what is none."""
    message_upload.allow_files()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Unprocessable(_("Choose a picture first."))
    return uploaded_pictures.keep(iter(lambda: run_in_thread(file.stream.read, message_upload.PIECE), b""))
