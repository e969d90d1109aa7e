"""Where files cross over: an address from which an app can fetch one, and the file behind an address that came."""

from __future__ import annotations

import logging
from datetime import timedelta

from widget.chat.attachments import files, receiving
from widget.chat.errors import Refusal
from widget.mesibo.transports.base import MesiboFile
from widget.models import Message, User
from widget.settings import Settings

PATIENCE = 5.0
"""Seconds that a file which came may take to be fetched: the keeper waits for it, and its lease must not run out."""

_log = logging.getLogger(__name__)


def outgoing(message: Message, settings: Settings, kept: timedelta) -> MesiboFile | None:
    """The file of a message, under an address of this server that is good for as long as `kept`."""
    file = message.attachment
    if file is None:
        return None
    return MesiboFile(settings.base_url + files.signed_path(file, lifetime=kept), file.name, file.type, file.size)


def incoming(agent: User, file: MesiboFile, settings: Settings) -> str | None:
    """Fetch what came, check it and keep it like an upload of the agent's; its id, or None when it is not to be had."""
    try:
        return receiving.receive_from_url(agent, file.url, settings.max_upload, PATIENCE, file.name or None).id
    except Refusal as refusal:
        _log.warning("a file that came from mesibo is passed on as its address: %s", refusal.reason)
        return None
