"""What was done: who of the team changed what, and when."""

from __future__ import annotations

from datetime import datetime

from flask import request

from widget.chat import audit
from widget.chat.errors import Malformed
from widget.chat.users import availability
from widget.i18n import _, lazy, mark
from widget.models import User
from widget.web import fields, serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame

KINDS = {
    "settings": mark("Settings"),
    "agent": mark("People"),
    "conversation": mark("Conversations"),
    "label": mark("Labels"),
    "canned": mark("Canned answers"),
    "person": mark("Visitors: exported, erased, merged"),
    "block": mark("Blocks"),
    "bot": mark("Bots"),
    "webhook": mark("Webhooks"),
}
"""What the noun of an action may be, and how it is called."""


@frame.area("audit", lazy("What was done"))
def page(_agent: User) -> Json:
    """A page of it, the newest first; narrowed by `actor`, `kind` and `object`, and from `after` on."""
    asked = request.args.to_dict()
    actor = fields.object_id(asked, "actor", "a user")
    kind = asked.get("kind") if asked.get("kind") in KINDS else None
    about = fields.exact(asked, "object", 64)
    found = audit.page(actor, f"{kind}." if kind else None, about, _place(asked.get("after", "")))
    following = {"actor": actor, "kind": kind, "object": about}
    return {
        "entries": [serializers.audit(it) for it in found.entries],
        "next": f"{found.next[0].isoformat()} {found.next[1]}" if found.next else None,
        "asked": {name: value for name, value in following.items() if value},
        "kinds": {name: _(words) for name, words in KINDS.items()},
        "people": [serializers.user(it) for it, _held in availability.team()],
    }


def _place(text: str) -> tuple[datetime, str] | None:
    """Where a page ended; raises Malformed for what is no such place."""
    if not text:
        return None
    at, _space, entry = text.rpartition(" ")
    try:
        return datetime.fromisoformat(at), entry
    except ValueError:
        raise Malformed(_("after must be the “next” of the page before.")) from None
