"""The one place where files cross over: an address that an app can fetch, and the file behind an address that came.

Messages have no files yet; when they do, these two functions are all that has to know.
"""

from __future__ import annotations

from datetime import timedelta

from widget.link.base import Enclosure
from widget.models import Message


def outgoing(said: Message, kept: timedelta) -> Enclosure | None:
    """The file of a message, under an address that is good for as long as `kept`."""
    return None


def text_for(text: str, file: Enclosure | None) -> str:
    """What a message that came says, with the address of a file that cannot be stored."""
    return "\n".join(filter(None, (text, file.url if file else "")))
