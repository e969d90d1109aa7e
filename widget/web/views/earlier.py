"""/w/earlier: what a visitor has written under an address of theirs in another browser, once they have proved it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget import proofs
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import Forbidden, Unprocessable
from widget.chat.messages import history
from widget.chat.users import proved_addresses
from widget.i18n import _
from widget.models import User
from widget.notifications import mail, proof
from widget.web import auth, fields, limits, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import PROOFS, PROOFS_NETWORK, by_network, by_user, limiter

bp = Blueprint("earlier", __name__, url_prefix="/w/earlier")


def _visitor() -> User:
    visitor = auth.user()
    if visitor.team_id is not None:
        raise Forbidden(_("Only visitors can do this."))
    return visitor


@bp.get("")
def index() -> Response:
    """The conversations that the proof of an address shows, and how to prove one."""
    return _list(_visitor())


@bp.post("")
@limiter.limit(PROOFS_NETWORK, key_func=by_network)
@limiter.limit(PROOFS, key_func=by_user)
def ask() -> Response:
    """Have a code mailed to `email`. The answer is the same whether anybody is known by it."""
    visitor = _visitor()
    address = fields.mail_address(fields.body(), "email")
    if not address:
        raise Unprocessable(_("email must be an e-mail address."))
    if not mail.is_set_up():
        raise Unprocessable(_("This server sends no mails, so no address can be proved."))
    address = proved_addresses.normal(address)
    limits.spend(PROOFS, "proof", address)
    proof.send_soon(visitor, address)
    return _list(visitor, asked=True)


@bp.post("/code")
@limiter.limit(PROOFS_NETWORK, key_func=by_network)
def prove() -> Response:
    """Prove the address with the `code` of the mail."""
    visitor = _visitor()
    code = "".join((fields.exact(fields.body(), "code", 40) or "").split())
    address = proofs.redeem(visitor.id, code)
    if address is None:
        raise Unprocessable(_("This is not the code, or it is too old. Please ask for another one."))
    return _list(proved_addresses.prove(visitor.id, address))


@bp.get("/<id:conversation_id>")
def show(conversation_id: str) -> Response:
    """A page of such a conversation, the newest or the one `before` a number: to be read."""
    owner = proved_addresses.owner_of(_visitor(), conversation_id)
    before = fields.whole_number(request.args["before"], "before") if "before" in request.args else None
    page = history.page(owner, conversation_id, before)
    view = conversation_views.get(owner, conversation_id)
    shown = [serializers.message(it, view.me, view.conversation.members, owner.id) for it in page.messages]
    return respond(
        {"messages": shown, "more": page.older, "newer": page.newer},
        lambda: render_template(
            "sheets/earlier_page.html" if before is None else "sheets/earlier_messages.html",
            messages=shown,
            older=f"/w/earlier/{conversation_id}?before={shown[0]['seq']}" if page.older else None,
        ),
    )


def _list(visitor: User, asked: bool = False) -> Response:
    found = serializers.conversations(view for _owner, view in proved_addresses.earlier(visitor))
    return respond(
        {"conversations": found},
        lambda: render_template(
            "sheets/earlier.html",
            conversations=found,
            asked=asked,
            email=visitor.email or "",
            proved=visitor.proved_email,
            mails=mail.is_set_up(),
        ),
    )
