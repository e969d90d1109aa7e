"""The pages of a visit: where somebody is who has opened the chat, and where they were before. In Redis, for a day."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from redis import RedisError

from widget import extensions
from widget.models import now
from widget.text import clean

KEPT = 24 * 3600
"""For how many seconds after the last page they are known."""

MOST = 20
"""How many pages of a visitor are known, the newest."""

SCREENS = ("phone", "tablet", "computer")

LONGEST = 500
"""The longest address that is kept, in characters; of a longer one nothing is."""

TITLE_LIMIT = 200
"""The longest title of a page, in characters; of a longer one the beginning is kept."""


def note(user_id: str, address: object, title: object = None, referrer: object = None) -> bool:
    """A visitor has the chat open on this page of the site; what is no address of the web is none.

    `referrer` is the page whose link led there. False when that was known, or is not to be.
    """
    url = _page(address)
    if url is None:
        return False
    page = {"url": url, "title": _title(title), "referrer": _page(referrer) or ""}
    redis = extensions.current().redis
    try:
        found: Any = redis.lindex(_key(user_id), 0)
        newest = json.loads(found) if found else {}
        if page.items() <= newest.items():
            return False
        if newest.get("url") == url:  # its title came later than the page
            redis.lset(_key(user_id), 0, json.dumps(newest | page))
            return True
        redis.lpush(_key(user_id), json.dumps(page | {"at": now().isoformat()}))
        redis.ltrim(_key(user_id), 0, MOST - 1)
        redis.expire(_key(user_id), KEPT)
    except RedisError:
        return False  # a visit is known to be lost
    return True


def pages(user_id: str) -> list[dict[str, str]]:
    """The pages of a visitor's visit, the newest first; each with `url`, `title`, `at`, and as `referrer` the
    address of another site that led there."""
    try:
        found: Any = extensions.current().redis.lrange(_key(user_id), 0, MOST - 1)
    except RedisError:
        return []
    return [_told(json.loads(it)) for it in found]


def note_browser(user_id: str, time_zone: str | None, screen: str | None) -> None:
    """The zone and the kind of screen of a visitor's browser; what is none of SCREENS, or no zone there is, is none."""
    known = {
        "time_zone": time_zone if time_zone and _is_zone(time_zone) else "",
        "screen": screen if screen in SCREENS else "",
    }
    try:
        extensions.current().redis.set(_browser_key(user_id), json.dumps(known), ex=KEPT)
    except RedisError:
        return


def browser(user_id: str) -> dict[str, str]:
    """The `time_zone` and the `screen` of a visitor, as far as they are known."""
    try:
        found: Any = extensions.current().redis.get(_browser_key(user_id))
    except RedisError:
        found = None
    return json.loads(found) if found else {"time_zone": "", "screen": ""}


def forget(user_id: str) -> None:
    """The visitor is erased. Raises redis.RedisError."""
    for key in (_key(user_id), _browser_key(user_id)):
        extensions.current().redis.delete(key)


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (KeyError, ValueError, OSError):  # not there; no name; a folder of some
        return False


def _browser_key(user_id: str) -> str:
    return f"chat:visit-browser:{user_id}"


def _key(user_id: str) -> str:
    return f"chat:visit:{user_id}"


def _told(page: dict[str, str]) -> dict[str, str]:
    """A page as it is told: the page before it on the same site stands in the list itself."""
    page = {"title": "", "referrer": ""} | page
    same = urlsplit(page["referrer"]).hostname == urlsplit(page["url"]).hostname
    return page | {"referrer": "" if same else page["referrer"]}


def _title(words: object) -> str:
    return clean.cut(clean.line(words[: 10 * TITLE_LIMIT]), TITLE_LIMIT) if isinstance(words, str) else ""


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
