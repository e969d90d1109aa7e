"""GET /pictures/…: the pictures that the team has uploaded of itself. They never change under their address."""

from __future__ import annotations

import re
import time

from flask import Blueprint, Response

from widget.chat.attachments import uploaded_pictures
from widget.chat.errors import NotFound
from widget.i18n import _
from widget.web.views import files

bp = Blueprint("pictures", __name__)

_YEAR = 31_536_000


@bp.get("/pictures/<name>.webp")
def picture(name: str) -> Response:
    """One of them; the popup shows it on any page."""
    if not re.fullmatch("[0-9a-f]{32}", name):
        raise NotFound(_("There is nothing at this address."))
    found = files.whole(uploaded_pictures.key(name))
    return files.headed(found, "image/webp", "inline", int(time.time()) + _YEAR)
