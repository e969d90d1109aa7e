"""The appearance of the team's pages: the name and the colour of the site."""

from __future__ import annotations

from widget.chat import appearance
from widget.chat.team_settings import MAX_AGE
from widget.web import colors, serializers
from widget.web.serializers import Json


def site_appearance() -> Json:
    """How the chat looks; with the custom properties of its colour as CSS (`tokens`)."""
    shape = serializers.appearance(appearance.shown(MAX_AGE))
    return shape | {"tokens": colors.tokens(shape["color"])}
