"""How the chat looks: told to everybody who has it open, the moment it changes."""

from __future__ import annotations

from widget.broadcast.fragments import render
from widget.chat import appearance
from widget.chat.appearance import Appearance
from widget.realtime import EVERYONE, Event, publish_if_possible
from widget.web import colors, serializers


def settings_changed(key: str) -> None:
    """Publish to every tab how the chat looks now."""
    if key != appearance.KEY:
        return
    chosen = appearance.load()
    shape = serializers.appearance(chosen)
    publish_if_possible([(EVERYONE, Event(fragment(chosen), type="appearance", as_json=shape, fleeting=True))])


def fragment(chosen: Appearance) -> str:
    """How the chat looks, as a tab is told."""
    shape = serializers.appearance(chosen)
    return render(
        "fragments/appearance.html",
        appearance=shape,
        tokens=colors.tokens(shape["color"]),
        launcher=serializers.launcher(chosen),
    )
