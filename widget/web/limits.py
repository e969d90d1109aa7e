"""How often somebody may do something. Counted in Redis, for all processes together; without it, in each by itself."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError
from werkzeug.exceptions import HTTPException

from widget import extensions, redis
from widget.chat.errors import Refusal, Throttled
from widget.i18n import _
from widget.web import auth, fields, network_address

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
        app.config["RATELIMIT_STORAGE_URI"] = "redis://"  # the kind; the pool knows which
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": extensions.of(app).redis.connection_pool}
    # Known to be there already, it leaves out its hooks around every request. They are for limits of a whole app and
    # for headers, of which there are none (a view's own limits are counted when it is called), and took a twentieth of
    # the time in which a stream is opened.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)


_here = FixedWindowRateLimiter(MemoryStorage())


def spend(limits: str, *key: str, cost: int = 1, reason: str = "") -> None:
    """Count something that a decorator cannot, because it is known late; raises Throttled, with the reason."""
    for limit in parse_many(limits):
        try:
            counted = limiter.limiter.hit(limit, *key, cost=cost)
        except RedisError:
            counted = _here.hit(limit, *key, cost=cost)
        if not counted:
            raise Throttled(reason or _("That was too often in a short time; please wait a moment."))


def messages() -> str:
    """How many messages may be sent: by a visitor, what a person could write; by the team, what a program may."""
    try:
        if auth.user().kind != "visitor":
            return MESSAGES
    except Refusal:  # the view says so
        return MESSAGES
    return "; ".join(f"{most} per {seconds} seconds" for most, seconds in extensions.settings().visitor_messages)


def sessions() -> str:
    """How many new visitors may come from the address of this request."""
    return SESSIONS_SHARED if network_address.is_shared() else SESSIONS


def by_user() -> str:
    """Counts what one person does; a network for those who are nobody, whom the view refuses anyway."""
    try:
        return auth.user().id
    except Refusal:
        return network_address.of_request()


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
