"""The HTTP side: thin views that parse, authorize, call `chat/` and render."""

from flask import Flask

from widget.web import conversations, errors, headers, inbox, limits, metrics, popup, session, static, status, stream


def register(app: Flask) -> None:
    """Put all views and what surrounds them on the app."""
    app.url_map.converters["id"] = errors.IdConverter
    limits.register(app)
    for area in (session, conversations, stream, inbox, popup, status, metrics, static):
        app.register_blueprint(area.bp)
    headers.register(app)
    errors.register(app)
