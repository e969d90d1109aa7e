"""Blocked visitors and network addresses, and how each is taken back."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from widget.chat import blocks
from widget.i18n import lazy
from widget.models import User
from widget.web import serializers
from widget.web.serializers import Json
from widget.web.views.settings import frame


@frame.area("blocks", lazy("Blocked"))
def page(_agent: User) -> Json:
    """Whom nothing is taken from, the newest first."""
    return {"blocks": [serializers.block(it) | {"name": name} for it, name in blocks.newest()]}


@frame.bp.delete("/blocks/<id:block_id>")
@frame.for_agents
def remove_block(block_id: str) -> AnyResponse:
    """Take one back."""
    blocks.remove(frame.agent(), block_id)
    return frame.changed("blocks")
