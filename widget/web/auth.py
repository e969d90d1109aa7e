"""Who is asking: the bearer token of a visitor or a bot, or the agent's cookie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, request

from widget import extensions, i18n
from widget.chat import blocks, team_settings
from widget.chat.errors import Forbidden, NotFound, Unauthorized
from widget.chat.users import recent_sessions, tokens
from widget.chat.users.recent_sessions import Credential
from widget.i18n import _
from widget.models import User
from widget.web import network_address, scopes

COOKIE = "chat_inbox"
_READS = ("GET", "HEAD", "OPTIONS")

OPEN_TO_BLOCKED = ("session.open_session", "session.end", "conversations.read", "people.erase")
"""What a blocked visitor may do besides reading: come back, go, have read, and have their data deleted."""

SECURE_COOKIE = "__Host-chat_inbox"
"""Its name over https: browsers take it from this very host only, and never send it in the clear."""


def bearer_token() -> str | None:
    """The token of the Authorization header; None without the header. Raises Unauthorized for another scheme."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, token = header.partition(" ")[::2]
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(_("The Authorization header must be “Bearer” and a token."))
    return token.strip()


def visitor() -> tuple[User, str] | None:
    """The visitor whose token came along, with the token; None without one, Unauthorized with a wrong one."""
    token = bearer_token()
    if token is None:
        return None
    bearer = tokens.bearer(token, "visitor", network_address.of_request())
    if bearer is None:
        raise tokens.ended()
    g.session = bearer.session
    i18n.answer_in(bearer.user.locale)
    if bearer.is_blocked and request.method not in _READS and request.endpoint not in OPEN_TO_BLOCKED:
        raise blocks.refusal()
    return bearer.user, token


def bot() -> User | None:
    """The bot whose token came along; None without one, Unauthorized with a wrong one."""
    token = bearer_token()
    if token is None or not token.startswith(tokens.BOT_PREFIX):
        return None
    bearer = tokens.bearer(token, "bot")
    if bearer is None:
        raise Unauthorized(_("This token is not known any more."))
    g.session = bearer.session
    return bearer.user


def agent() -> User | None:
    """The agent whose cookie came along; None without one that is still good."""
    bearer = tokens.bearer(cookie, "inbox") if (cookie := agent_cookie()) else None
    i18n.answer_in(bearer.user.locale if bearer else None)
    if bearer is None:
        return None
    g.session = bearer.session
    return bearer.user


def agent_cookie() -> str:
    """The secret in the agent's cookie; empty without one."""
    return request.cookies.get(cookie_name(), "")


def by_https() -> bool:
    """Whether browsers reach this server by https."""
    return request.is_secure or extensions.settings().public_url.startswith("https:")


def cookie_name() -> str:
    """The name of the agent's cookie."""
    return SECURE_COOKIE if by_https() else COOKIE


def lacks_second_factor(agent: User) -> bool:
    """Whether an agent has yet to set up what everybody in the team must have."""
    return agent.totp_secret is None and bool(team_settings.recent("privacy")["require_second_factor"])


def session() -> str:
    """The id of the session that lets whoever is asking in; empty before they were asked for."""
    session_id: str = g.get("session", "")
    return session_id


def own_page() -> None:
    """Refuse a request that some other site's page made the browser send (its cookies come along by themselves).

    Browsers say where a request comes from (Fetch Metadata, else Origin); programs say nothing and are let through.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden(_("This request was made by another site."))
    if site is None and origin is not None and origin != request.host_url.rstrip("/"):
        raise Forbidden(_("This request was made by another site."))


def team() -> User:
    """Whoever of the team is asking; raises Forbidden to visitors, and Unauthorized when nobody has signed in."""
    member = user()
    if member.team_id is None:
        raise Forbidden(_("Only the team can do this."))
    return member


def owner() -> User:
    """An owner who is asking; raises Forbidden to everybody else, and Unauthorized when nobody has signed in."""
    member = team()
    if member.role != "owner":
        raise Forbidden(_("Only an owner can do this."))
    return member


def user() -> User:
    """Whoever is asking; raises Unauthorized when nobody has signed in."""
    if "user" not in g:
        program = bot()
        known = visitor() if program is None else None
        if program is not None:
            scopes.check(program)
            g.user = program
        elif known is not None:
            g.user = known[0]
        else:
            somebody = agent()
            if somebody is None:
                raise Unauthorized(_("Nobody is signed in."))
            own_page()
            if lacks_second_factor(somebody):
                raise Forbidden(_("Set up your second factor first, at /inbox/sessions."))
            g.user = somebody
    current: User = g.user
    return current


@contextmanager
def sender() -> Iterator[tuple[User, Credential | None]]:
    """Within this, whoever sends a message; raises like `user`. A visitor who has sent one a moment ago is remembered:
    then there is something to be shown yet, by who writes the message."""
    token = bearer_token() or ""
    known = recent_sessions.recall(token, network_address.of_request()) if "user" not in g else None
    if known is None:
        somebody = user()
        if somebody.kind == "visitor":
            recent_sessions.note(token, somebody, session())
        yield somebody, None
        return
    visitor, g.session, credential = known
    i18n.answer_in(visitor.locale)
    try:
        yield visitor, credential
    except NotFound:
        user()  # who is nobody any more is told this first
        raise
