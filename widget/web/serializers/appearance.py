"""How the chat looks, for tabs and programs."""

from __future__ import annotations

from widget.chat.appearance import ICONS, Appearance
from widget.i18n import _
from widget.web import colors
from widget.web.serializers.base import Json


def appearance(look: Appearance) -> Json:
    """How the chat looks; `color` is the one that is used."""
    return look._asdict() | {
        "color": colors.accent(look.color),
        "greeting": look.greeting or _("Hello! How can we help?"),
    }


def launcher(look: Appearance) -> Json:
    """What the loader has to know; empty is what is its own default."""
    return {
        "color": look.color,
        "position": "left" if look.position == "left" else "",
        "icon": "" if look.launcher_icon == "chat" else ICONS[look.launcher_icon],
        "label": look.launcher_label,
    }
