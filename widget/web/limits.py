"""How often somebody may do something. Counted in Redis, so for all processes together."""

from __future__ import annotations

import ipaddress

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from widget import extensions, redis
from widget.chat.errors import Refusal
from widget.web import auth, fields

# Against scripts that have run wild, not against people.
MESSAGES = "12000 per minute"
SESSIONS = "60 per minute"
TYPING = "120 per minute"
SEARCHES = "120 per minute"
UPLOADS = "600 per hour"
PIECES = "6000 per hour"
PREVIEWS = "60 per minute"
GROUPS = "300 per hour"
CALLS = "30 per minute"
CALL_SIGNALS = "1200 per minute"
SIGN_INS = "5 per minute; 30 per hour"


# When Redis is away nobody is counted: better a few messages too many than none.
limiter = Limiter(get_remote_address, swallow_errors=True, key_prefix="chat:limit")


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


def by_user() -> str:
    """Counts what one person does; an address for those who are nobody, whom the view refuses anyway."""
    try:
        return auth.user().id
    except Refusal:
        return get_remote_address()


def by_login() -> str:
    """Counts the tries at one account, from wherever they come."""
    try:
        email = fields.text(fields.body(), "email", 320) or ""
    except (Refusal, HTTPException):  # the view says what is wrong with it
        email = ""
    return f"login:{email.strip().lower()}"


def behind_proxy() -> bool:
    """Whether the address is a private one: a proxy's, whose visitors would all be counted as one."""
    try:
        return not ipaddress.ip_address(request.remote_addr or "").is_global
    except ValueError:  # a unix socket has none
        return True
