"""Files in both directions: an address from which an app can fetch one, and the file behind an address of theirs."""

from __future__ import annotations

import logging
from datetime import timedelta

from widget.chat.attachments import files, receiving
from widget.chat.errors import Refusal
from widget.mesibo.transports.base import MesiboFile
from widget.models import Message, User
from widget.settings import Settings

FETCH_SECONDS = 5.0
"""Seconds that fetching a file may take: the worker waits for it, and its lease must not run out."""

_log = logging.getLogger(__name__)


def file_of(message: Message, settings: Settings, lifetime: timedelta) -> MesiboFile | None:
    """The file of a message, under an address of this server that holds for `lifetime`."""
    file = message.attachment
    if file is None:
        return None
    return MesiboFile(settings.base_url + files.signed_path(file, lifetime=lifetime), file.name, file.type, file.size)


def store(agent: User, file: MesiboFile, settings: Settings) -> str | None:
    """Fetch a file, check it and store it like an upload of the agent; its id, or None when it cannot be had."""
    try:
        return receiving.receive_from_url(agent, file.url, settings.max_upload, FETCH_SECONDS, file.name or None).id
    except Refusal as refusal:
        _log.warning("a file from mesibo is passed on as its address: %s", refusal.reason)
        return None
