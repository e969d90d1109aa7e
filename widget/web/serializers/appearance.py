"""How the chat looks, for tabs and programs."""

from __future__ import annotations

from widget.chat.appearance import ICONS, Appearance
from widget.i18n import _
from widget.web import colors
from widget.web.serializers.base import Json


def appearance(chosen: Appearance) -> Json:
    """How the chat looks; `color` is the one that is used."""
    return chosen._asdict() | {
        "color": colors.accent(chosen.color),
        "greeting": chosen.greeting or _("Hello! How can we help?"),
    }


def launcher(chosen: Appearance) -> Json:
    """What the loader has to know; empty is what is its own default."""
    return {
        "color": chosen.color,
        "position": "left" if chosen.position == "left" else "",
        "icon": "" if chosen.launcher_icon == "chat" else ICONS[chosen.launcher_icon],
        "label": chosen.launcher_label,
    }
