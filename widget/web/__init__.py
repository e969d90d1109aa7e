"""The HTTP side: thin views that parse, authorize, call `chat/` and render."""

from flask import Flask

from widget import emoji, figures, richtext, shapes
from widget.web import (
    calls,
    conversations,
    errors,
    files,
    groups,
    headers,
    hooks,
    inbox,
    limits,
    mesibo_calls,
    messages,
    metrics,
    popup,
    previews,
    search,
    session,
    static,
    status,
    stream,
    uploads,
)


def register(app: Flask) -> None:
    """Put all views and what surrounds them on the app."""
    app.url_map.converters.update(id=errors.IdConverter, member=errors.MemberConverter)
    app.jinja_env.filters.update(rich=richtext.html, plain=richtext.plain)
    app.jinja_env.filters.update(
        shown=lambda sides: figures.shown(*sides),
        wave=figures.wave,
        bytes=figures.size,
        ending=figures.ending,
        clock=shapes.clock,
    )
    app.jinja_env.tests["emoji_only"] = emoji.emoji_only
    limits.register(app)
    people_do = (session, conversations, messages, groups, uploads, files, previews, calls, mesibo_calls, search)
    for area in (*people_do, stream, inbox, popup, hooks, status, metrics, static):
        app.register_blueprint(area.bp)
    headers.register(app)
    errors.register(app)
