"""How the pages of the team look: the name and the colour of the site."""

from __future__ import annotations

from widget.chat import appearance
from widget.chat.team_settings import FRESH
from widget.web import colors, serializers
from widget.web.serializers import Json


def site_look() -> Json:
    """How the chat looks; with the custom properties of its colour as CSS (`tokens`)."""
    shape = serializers.appearance(appearance.shown(FRESH))
    return shape | {"tokens": colors.tokens(shape["color"])}
