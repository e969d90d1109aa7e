"""Who is asking: the visitor's bearer token, or the agent's cookie."""

from __future__ import annotations

from flask import g, request

from widget import i18n
from widget.chat.errors import Forbidden, Unauthorized
from widget.chat.users import tokens
from widget.i18n import _
from widget.models import User

COOKIE = "chat_inbox"


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
    user = tokens.bearer(token, "visitor")
    if user is None:
        raise Unauthorized(_("This session is not known any more."))
    i18n.answer_in(user.locale)
    return user, token


def agent() -> User | None:
    """The agent whose cookie came along; None without one that is still good."""
    cookie = request.cookies.get(COOKIE)
    user = tokens.bearer(cookie, "inbox") if cookie else None
    i18n.answer_in(user.locale if user else None)
    return user


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


def user() -> User:
    """Whoever is asking; raises Unauthorized when nobody has signed in."""
    if "user" not in g:
        known = visitor()
        if known is not None:
            g.user = known[0]
        else:
            somebody = agent()
            if somebody is None:
                raise Unauthorized(_("Nobody is signed in."))
            own_page()
            g.user = somebody
    found: User = g.user
    return found
