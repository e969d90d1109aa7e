"""What the logs have of somebody whose personal data is erased goes too, and the tabs load again what is left."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from redis import RedisError

from widget import extensions, proofs, visits
from widget.chat.conversations import membership
from widget.realtime import Event, publish

_log = logging.getLogger(__name__)


def person_erased(user_id: str, readers: Iterable[str], **_: object) -> None:
    """Empty the logs of everybody who was told of them: whoever comes back loads from the database, as all do now."""
    told = [*readers, *membership.agent_ids()]
    try:
        extensions.current().log.forget([user_id, *told])
        visits.forget(user_id)
        proofs.forget(user_id)
        publish((reader, Event("reload", type="resync", fleeting=True)) for reader in told)
    except RedisError as error:
        _log.warning("Redis keeps what it has of %s until it expires, for a day at most: %s", user_id, error)
