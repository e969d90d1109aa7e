"""The pages of a visit: where somebody is who has opened the chat, and where they were before. In Redis, for a day."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis import RedisError

from widget import extensions
from widget.models import now

KEPT = 24 * 3600
"""For how many seconds after the last page they are known."""

MOST = 20
"""How many pages of a visitor are known, the newest."""

LONGEST = 500
"""The longest address that is kept, in characters; of a longer one nothing is."""


def note(user_id: str, address: object) -> None:
    """A visitor has the chat open on this page of the site; what is no address of the web is none."""
    page = _page(address)
    if page is None:
        return
    redis = extensions.current().redis
    try:
        newest: Any = redis.lindex(_key(user_id), 0)
        if newest is not None and json.loads(newest)["url"] == page:
            return
        redis.lpush(_key(user_id), json.dumps({"url": page, "at": now().isoformat()}))
        redis.ltrim(_key(user_id), 0, MOST - 1)
        redis.expire(_key(user_id), KEPT)
    except RedisError:
        return  # a visit is known to be lost


def pages(user_id: str) -> list[dict[str, str]]:
    """The pages of a visitor's visit, the newest first; each with `url` and `at`."""
    try:
        found: Any = extensions.current().redis.lrange(_key(user_id), 0, MOST - 1)
    except RedisError:
        return []
    return [json.loads(it) for it in found]


def forget(user_id: str) -> None:
    """The visitor is erased. Raises redis.RedisError."""
    extensions.current().redis.delete(_key(user_id))


def _key(user_id: str) -> str:
    return f"chat:visit:{user_id}"


def _page(address: object) -> str | None:
    """The address without what only the browser is to know: a name, a password, the part after #."""
    if not isinstance(address, str) or len(address) > LONGEST:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable():
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
