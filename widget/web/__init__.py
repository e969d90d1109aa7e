"""The HTTP side: thin views that parse, authorize, call `chat/` and render."""

from flask import Flask

from widget import emoji, richtext
from widget.web import (
    calls,
    conversations,
    errors,
    groups,
    headers,
    hooks,
    inbox,
    limits,
    mesibo_calls,
    messages,
    metrics,
    popup,
    search,
    session,
    static,
    status,
    stream,
)


def register(app: Flask) -> None:
    """Put all views and what surrounds them on the app."""
    app.url_map.converters.update(id=errors.IdConverter, member=errors.MemberConverter)
    app.jinja_env.filters.update(rich=richtext.html, plain=richtext.plain)
    app.jinja_env.tests["emoji_only"] = emoji.emoji_only
    limits.register(app)
    people_do = (session, conversations, messages, groups, calls, mesibo_calls, search, stream, inbox)
    for area in (*people_do, popup, hooks, status, metrics, static):
        app.register_blueprint(area.bp)
    headers.register(app)
    errors.register(app)
