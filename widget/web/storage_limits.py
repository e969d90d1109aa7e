"""How much may be uploaded: strict for a visitor, loose for a network that many share, and never all of the disk."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from widget import extensions
from widget.chat.errors import Unavailable
from widget.i18n import _
from widget.models import User
from widget.storage.local import Folder
from widget.web import limits, network_address

MB = 1024 * 1024


def reserve(user: User, size: int) -> None:
    """Count a file of `size` bytes before any of it is taken, whatever becomes of it.

    Raises Throttled for a visitor who has, or whose network has, uploaded enough for a day, and Unavailable when it
    would take the room that has to stay free.
    """
    settings = extensions.settings()
    _check_room(size, settings.least_free_mb)
    if user.kind != "visitor":
        return
    kilobytes, most = -(-size // 1024), settings.visitor_daily_mb
    limits.spend(
        f"{most * 1024} per day",
        "uploaded",
        user.id,
        cost=kilobytes,
        reason=_(
            "You have sent %(megabytes)s MB in a day; please send more tomorrow.", megabytes=settings.visitor_daily_mb
        ),
    )
    limits.spend(
        f"{settings.address_daily_mb * 1024} per day",
        "uploaded",
        network_address.of_request(),
        cost=kilobytes,
        reason=_("A lot was sent from your network today; please send more tomorrow."),
    )


def _check_room(size: int, least_mb: int) -> None:
    storage = extensions.current().storage
    places = [Path(tempfile.gettempdir())] + ([storage.root] if isinstance(storage, Folder) else [])
    for place in places:
        there = next(it for it in (place, *place.parents) if it.exists())  # it is made with the first file
        if shutil.disk_usage(there).free - size < least_mb * MB:
            raise Unavailable(_("This server has no room for files at the moment; words still arrive."))
