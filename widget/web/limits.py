"""How often somebody may do something. Counted in Redis, for all processes together; without it, in each by itself."""

from __future__ import annotations

from functools import cache

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError
from werkzeug.exceptions import HTTPException

from widget import extensions, redis
from widget.chat.errors import Refusal, Throttled
from widget.chat.users import tokens
from widget.i18n import _
from widget.models import User
from widget.web import auth, fields, network_address
from widget.web.limit_buffer import LimitBuffer

# Against scripts that have run wild, not against people.
MESSAGES = "12000 per minute"
SESSIONS = "60 per minute"
SESSIONS_SHARED = "12000 per minute"  # from an address that may be everybody's
TYPING = "120 per minute"
SEARCHES = "120 per minute"
UPLOADS = "600 per hour"
PIECES = "6000 per hour"
PREVIEWS = "60 per minute"
GROUPS = "300 per hour"
EXPORTS = "20 per hour"
POPOUTS = "60 per minute"
PROOFS = "5 per hour"  # codes that are mailed: asked for by one visitor, and for one address
PROOFS_NETWORK = "30 per hour"
CALLS = "30 per minute"
CALL_SIGNALS = "1200 per minute"
# Tight for one account from one network, so that guessing is hopeless; loose for an account from all networks together,
# so that nobody else can lock its owner out; and few in all, because each costs memory and time.
SIGN_INS = "5 per minute; 30 per hour"
SIGN_INS_ACCOUNT = "60 per minute; 600 per hour"
SIGN_INS_NETWORK = "30 per minute; 300 per hour"
SIGN_INS_ALL = "300 per minute"
CODES = "5 per minute; 30 per hour"  # of an agent's second factor

limiter = Limiter(
    network_address.of_request, swallow_errors=True, in_memory_fallback_enabled=True, key_prefix="chat:limit"
)


def register(app: Flask) -> None:
    """Count on the app's own Redis connections instead of opening more; on a cluster, in each process by itself."""
    if redis.is_cluster(extensions.of(app).settings.redis_url):
        app.config["RATELIMIT_STORAGE_URI"] = "memory://"
    else:
        extensions.of(app).limit_buffer = LimitBuffer(extensions.of(app).redis)
        app.config["RATELIMIT_STORAGE_URI"] = "redis://"  # the kind; the pool knows which
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": extensions.of(app).redis.connection_pool}
    # Known to be there already, it leaves out its hooks around every request. They are for limits of a whole app and
    # for headers, of which there are none (a view's own limits are counted when it is called), and took a twentieth of
    # the time in which a stream is opened.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)


_parse = cache(parse_many)

_COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCRBY', key, ARGV[1])
  if counts[i] == tonumber(ARGV[1]) then redis.call('EXPIRE', key, ARGV[i + 1]) end
end
return counts
"""


def spend(limits: str, *key: str, cost: int = 1, reason: str = "") -> None:
    """Count something that a decorator cannot, because it is known late, or that happens so often that all its limits
    have to be counted in one round trip. Raises Throttled, with the reason."""
    if not _within(_parse(limits), key, cost):
        raise too_often(reason)


def too_often(reason: str = "") -> Throttled:
    """What somebody is told who has reached a limit."""
    return Throttled(reason or _("That was too often in a short time; please wait a moment."))


def _within(limits: list[RateLimitItem], key: tuple[str, ...], cost: int) -> bool:
    parts = extensions.current()
    if not redis.is_cluster(parts.settings.redis_url):
        keys = [f"LIMITS:{limit.key_for(*key)}" for limit in limits]
        try:
            counts: list[int] = parts.redis.eval(_COUNT, len(keys), *keys, cost, *(it.get_expiry() for it in limits))
        except RedisError:
            pass
        else:
            return all(count <= limit.amount for count, limit in zip(counts, limits, strict=True))
    return _is_within_here(limits, *key, cost=cost)


@cache
def _counted_here() -> FixedWindowRateLimiter:
    """Counts in this process alone. Made when it is needed, because it starts a timer."""
    return FixedWindowRateLimiter(MemoryStorage())


def _is_within_here(limits: list[RateLimitItem], *key: str, cost: int = 1) -> bool:
    return all(_counted_here().hit(limit, *key, cost=cost) for limit in limits)


def count_message(user: User) -> None:
    """Count a message that is sent; raises Throttled."""
    buffer = extensions.current().limit_buffer
    limits = _parse(_messages_of(user))
    try:
        is_within = (
            buffer.spend(limits, "messages", user.id) if buffer else _is_within_here(limits, "messages", user.id)
        )
    except RedisError:
        is_within = _is_within_here(limits, "messages", user.id)
    if not is_within:
        raise too_often()


def _messages_of(user: User) -> str:
    """How many a visitor may send: what a person could write; the team: what a program may."""
    if user.kind != "visitor":
        return MESSAGES
    return "; ".join(f"{most} per {seconds} seconds" for most, seconds in extensions.settings().visitor_messages)


def messages() -> str:
    """How often whoever asks may do what is done to messages and conversations."""
    try:
        return _messages_of(auth.user())
    except Refusal:  # the view says so
        return MESSAGES


def sessions() -> str:
    """How many new visitors may come from the address of this request."""
    return SESSIONS_SHARED if network_address.is_shared() else SESSIONS


def by_user() -> str:
    """Counts what one person does; a network for those who are nobody, whom the view refuses anyway."""
    try:
        return auth.user().id
    except Refusal:
        return network_address.of_request()


def by_token() -> str:
    """Counts what comes with one token, whoever's it is, so that nobody need be looked up."""
    return tokens.hash_of(auth.bearer_token() or "")


def _account() -> str:
    try:
        email = fields.exact(fields.body(), "email", 320) or ""
    except (Refusal, HTTPException):  # the view says what is wrong with it
        email = ""
    return email.strip().lower()


def by_account() -> str:
    """Counts the tries at one account, from wherever they come."""
    return f"account:{_account()}"


def by_account_and_network() -> str:
    """Counts the tries at one account from one network."""
    return f"login:{network_address.of_request()}:{_account()}"


def by_network() -> str:
    """Counts what comes from one network."""
    return f"network:{network_address.of_request()}"


def together() -> str:
    """Counts what everybody does."""
    return "all"
