"""Sessions that have ended: their streams close in every process."""

from __future__ import annotations

import logging

from redis import RedisError

from widget import extensions

_log = logging.getLogger(__name__)


def sessions_ended(sessions: list[str], **_: object) -> None:
    """Tell all processes. When Redis does not answer, the streams end with its connection, and none opens again."""
    try:
        extensions.current().log.end_sessions(sessions)
    except RedisError as error:
        _log.warning("Redis could not be told of sessions that have ended: %s", error)
