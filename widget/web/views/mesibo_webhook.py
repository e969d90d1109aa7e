"""POST /hooks/mesibo: events of mesibo. They are only stored here; the process with the lease reads them."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, request

from widget import extensions
from widget.chat.errors import Malformed, NotFound, Unauthorized
from widget.i18n import _
from widget.mesibo import webhook
from widget.web import fields

bp = Blueprint("hooks", __name__, url_prefix="/hooks")


@bp.post("/mesibo")
def mesibo() -> Response:
    """Store the events of a request that knows MESIBO_WEBHOOK_SECRET, each once; the answer is what mesibo wants.

    The first version of mesibo's webhook has the secret in its body, the second one not: it may stand in the address.
    """
    secret = extensions.settings().mesibo_webhook_secret
    if not secret:
        raise NotFound(_("There is no webhook here, because MESIBO_WEBHOOK_SECRET is not set on the server."))
    form = fields.body()
    known = str(form.get("secret") or request.args.get("secret", ""))
    if not hmac.compare_digest(known.encode(errors="replace"), secret.encode()):
        raise Unauthorized(_("The webhook’s secret is wrong."))
    try:
        webhook.store(form)
    except ValueError as wrong:
        raise Malformed(_("The webhook’s request cannot be used: %(reason)s.", reason=wrong)) from None
    return Response("MESIBO OK", mimetype="text/plain")
