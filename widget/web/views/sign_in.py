"""How agents sign in, by password or one-time link and perhaps a second factor, and how they sign out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget import extensions
from widget.chat.errors import Forbidden, Unauthorized, Unprocessable
from widget.chat.users import agents, claim, second_factor, tokens
from widget.chat.users.team import NAME_LIMIT
from widget.i18n import _
from widget.models import User
from widget.web import auth, fields, limits, network_address, own_address
from widget.web.content_negotiation import respond
from widget.web.limits import SIGN_INS, SIGN_INS_ACCOUNT, SIGN_INS_ALL, SIGN_INS_NETWORK, limiter

bp = Blueprint("sign_in", __name__, url_prefix="/inbox")


def page(reason: str | None = None, email: str = "", ticket: str = "") -> str:
    """The page to sign in at; with a `ticket`, it asks for the code of the second factor."""
    return render_template("inbox/sign_in.html", reason=reason, email=email, ticket=ticket)


def _refused(reason: str, email: str = "", ticket: str = "") -> Response:
    shape = {"error": "unauthorized", "reason": reason} | ({"ticket": ticket} if ticket else {})
    return respond(shape, lambda: page(reason, email, ticket), 401)


@bp.post("/sign-in")
@limiter.limit(SIGN_INS, key_func=limits.by_account_and_network)
@limiter.limit(SIGN_INS_ACCOUNT, key_func=limits.by_account)
@limiter.limit(SIGN_INS_NETWORK, key_func=limits.by_network)
@limiter.limit(SIGN_INS_ALL, key_func=limits.together)
def sign_in() -> AnyResponse:
    """Check address and password; the page comes back with the reason when they are wrong. Whoever has a second
    factor sends its `code` along, or is asked for it."""
    auth.own_page()
    form = fields.body()
    email = fields.exact(form, "email", 320) or ""
    code = fields.exact(form, "code", 40)
    try:
        agent = agents.check_password(email, fields.exact(form, "password", 200) or "")
    except Unauthorized as refusal:
        return _refused(refusal.reason, email)
    return _second_step(agent, code, by_link=False)


def claim_page(reason: str | None = None, **given: str) -> str:
    """The page at which the first owner comes in."""
    return render_template("inbox/claim.html", reason=reason, given=given)


@bp.post("/claim")
@limiter.limit(SIGN_INS, key_func=limits.by_network)
@limiter.limit(SIGN_INS_ALL, key_func=limits.together)
def claim_inbox() -> AnyResponse:
    """Become the first owner with the `code` of the log, by one's `email` and `name`."""
    auth.own_page()
    form = fields.body()
    code, email = fields.exact(form, "code", 40) or "", fields.exact(form, "email", 320) or ""
    name = fields.line(form, "name", NAME_LIMIT)
    try:
        owner = claim.take(code, email, name)
    except (Forbidden, Unprocessable) as refusal:
        shape = {"error": "forbidden", "reason": refusal.reason}
        page_again = claim_page(refusal.reason, code=code, email=email, name=name or "")
        return respond(shape, lambda: page_again, 403)
    return _let_in(agents.open_inbox(owner, request.headers.get("User-Agent", ""), by_link=True))


@bp.post("/sign-in/code")
@limiter.limit(SIGN_INS_NETWORK, key_func=limits.by_network)
@limiter.limit(SIGN_INS_ALL, key_func=limits.together)
def code() -> AnyResponse:
    """The `code` of the second factor, with the `ticket` that the first one gave; each ticket is good for one try."""
    auth.own_page()
    form = fields.body()
    agent = tokens.spend(fields.exact(form, "ticket", 100) or "", "factor")
    if agent is None:
        return _refused(_("That took too long; please sign in again."))
    return _second_step(agent, fields.exact(form, "code", 40) or "", by_link=False)


def _second_step(agent: User, code: str | None, by_link: bool) -> AnyResponse:
    if agent.totp_secret and code:
        limits.spend(limits.CODES, "codes", agent.id)
    if agent.totp_secret and (code is None or not second_factor.takes(agent, code)):
        reason = _("This code is wrong, or was used before.") if code else _("Enter the code that your app shows.")
        return _refused(reason, ticket=agents.ask_for_code(agent))
    return _let_in(agents.open_inbox(agent, request.headers.get("User-Agent", ""), by_link))


@bp.get("/link/<secret>")
def link(secret: str) -> AnyResponse:
    """A one-time link: a page with the button that uses it. Programs that look where the links of a mail lead to do
    not press it, and a mere HEAD gets nothing.

    A link to this very machine (of `make demo`, say) is in nobody's mail, and signs in at once.
    """
    if request.method == "HEAD":
        return Response()
    if _on_this_machine():
        return _by_link(secret)
    if not tokens.is_good(secret, "link"):
        return redirect("/inbox") if auth.agent() else _refused(_link_is_old())
    response = Response(render_template("inbox/link.html"))
    response.headers["Referrer-Policy"] = "no-referrer"  # who has the address may sign in
    return response


@bp.post("/link/<secret>")
def use_link(secret: str) -> AnyResponse:
    """Sign in with a one-time link."""
    auth.own_page()
    return _by_link(secret)


def _by_link(secret: str) -> AnyResponse:
    agent = tokens.spend(secret, "link")
    if agent is None:
        return redirect("/inbox", 303) if auth.agent() else _refused(_link_is_old())
    return _second_step(agent, None, by_link=True)


def _link_is_old() -> str:
    return str(_("This link was used before or is too old; ask for a fresh one."))


def _on_this_machine() -> bool:
    """Whether the request was made on this machine, for an address that leads nowhere else, and for nobody else."""
    if any(name in request.headers for name in network_address.FORWARDED):
        return False
    hosts = (urlsplit(extensions.settings().base_url).hostname, urlsplit(request.host_url).hostname)
    return all(own_address.is_loopback(it) for it in (*hosts, request.remote_addr))


def _let_in(secret: str) -> AnyResponse:
    response = redirect("/inbox", 303)
    secure = auth.by_https()
    response.set_cookie(
        auth.cookie_name(), secret, max_age=tokens.INBOX_LIFETIME, secure=secure, httponly=True, samesite="Lax"
    )
    return response


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """Forget the cookie, here and on the server."""
    auth.own_page()
    tokens.revoke(auth.agent_cookie())
    response = redirect("/inbox", 303)
    response.delete_cookie(auth.cookie_name(), secure=auth.by_https(), httponly=True, samesite="Lax")
    return response
