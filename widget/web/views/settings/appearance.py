"""How the chat looks, with the popup beside it, the tag to copy, and what keeps the popup from working on a page."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget import extensions, sites
from widget.broadcast.appearance import fragment
from widget.chat import appearance, team_settings
from widget.chat.appearance import GREETING_LIMIT, ICONS, LABEL_LIMIT, NAME_LIMIT, POSITIONS, THEMES, Appearance
from widget.i18n import lazy
from widget.models import User
from widget.web import auth, colors, fields, own_address, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import PREVIEWS, by_user, limiter
from widget.web.serializers import Json
from widget.web.views.settings import frame
from widget.web.views.settings.pictures import received_picture

LINE_LIMITS = {"name": NAME_LIMIT, "launcher_label": LABEL_LIMIT}
WORDS = {"theme": THEMES, "position": POSITIONS, "launcher_icon": tuple(ICONS)}


@frame.area(appearance.KEY, lazy("Appearance"), script="appearance", styles="settings_appearance")
def page(_agent: User) -> Json:
    """All that can be set, how well it can be read, and the tag."""
    chosen = appearance.load()
    return {
        "appearance": chosen._asdict(),
        "shown": serializers.appearance(chosen),
        "contrast": _contrast(chosen),
        "tag": f'<script src="{own_address.base_url()}/widget.js" async></script>',
        "icons": ICONS,
    }


@frame.bp.patch("/appearance")
def change_appearance() -> AnyResponse:
    """Set some of it."""
    appearance.change(frame.agent(), **_values(fields.body()))
    return frame.changed(appearance.KEY)


@frame.bp.post("/appearance/picture")
def change_picture() -> AnyResponse:
    """Another picture (`file`)."""
    appearance.change(frame.agent(), picture=received_picture())
    return frame.changed(appearance.KEY)


@frame.bp.delete("/appearance/picture")
def remove_picture() -> AnyResponse:
    """The initials instead."""
    appearance.change(frame.agent(), picture="")
    return frame.changed(appearance.KEY)


@frame.bp.get("/appearance/preview")
def preview_appearance() -> Response:
    """How the chat would look: for the popup beside the form, while somebody types."""
    form = {name: value for name, value in request.args.to_dict().items() if name in appearance.Appearance._fields}
    kept = appearance.load()
    typed = kept._replace(
        **_values(form), **{name: getattr(kept, name) for name in team_settings.fixed(appearance.KEY)}
    )
    contrast = _contrast(typed)
    return respond(
        contrast, lambda: fragment(typed) + render_template("settings/contrast.html", contrast=contrast, area=None)
    )


@frame.bp.get("/appearance/check")
@limiter.limit(PREVIEWS, key_func=by_user)
def check_page() -> Response:
    """What keeps the popup from working on the page at `url`."""
    auth.owner()
    url = fields.exact(request.args.to_dict(), "url", 2000) or ""
    ours = dataclasses.replace(extensions.settings(), public_url=own_address.base_url())
    # A server that is only for its own machine (`make demo`) may look at that machine's pages.
    is_local = own_address.is_loopback(urlsplit(ours.base_url).hostname)
    problems = sites.check(url, ours, only_public=not is_local)
    return respond(
        {"url": url, "problems": problems},
        lambda: render_template("settings/check.html", url=url, problems=problems),
    )


def _values(form: fields.Fields) -> Json:
    """What a form says, as far as it says something."""
    values: Json = {name: fields.line(form, name, limit) or "" for name, limit in LINE_LIMITS.items() if name in form}
    values |= {name: fields.one_of(form, name, *words) for name, words in WORDS.items() if name in form}
    if "greeting" in form:
        values["greeting"] = fields.text(form, "greeting", GREETING_LIMIT) or ""
    if "color" in form:
        values["color"] = (fields.exact(form, "color", 7) or "").lower()
    if values.get("color") == colors.DEFAULT:
        values["color"] = ""
    return values


def _contrast(chosen: Appearance) -> Json:
    """How well words on the colour can be read, and whether it stands out from what is around it."""
    color = colors.accent(chosen.color)
    words = colors.on(color)
    return {
        "color": color,
        "words": words,
        "ratio": round(colors.contrast(color, words), 1),
        "edges": [theme for theme in ("light", "dark") if colors.edge(color, theme) != "transparent"],
    }
